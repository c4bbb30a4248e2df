package fastpath

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

const (
	maxHead   = 4 << 10 // bytes of a head
	maxFields = 32      // of a head
)

// What a byte may be part of.
const (
	inName = 1 << iota // of a field
	inPath
	inQuery
	inHost
	inValue // of a field
)

// bytesOf says what each byte may be part of: less than RFC 9110 and RFC 3986 allow.
var bytesOf = func() (table [256]byte) {
	add := func(chars string, parts byte) {
		for _, char := range []byte(chars) {
			table[char] |= parts
		}
	}
	for char := byte(' '); char <= '~'; char++ {
		table[char] |= inValue
	}
	add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", inName|inPath|inQuery|inHost)
	add(".", inPath|inQuery|inHost)
	add("_~/", inPath|inQuery)
	add("=&+%,", inQuery)
	add(":", inQuery|inHost)
	add("[]", inHost)
	return table
}()

// isAll tells whether all bytes of a text may be in a part.
func isAll(text string, part byte) bool {
	for i := range len(text) {
		if bytesOf[text[i]]&part == 0 {
			return false
		}
	}
	return true
}

// governs tells whether a field says how the connection or a body goes on, or is more than text to net/http.
func governs(name string) bool {
	switch name {
	case "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Expect", "Upgrade", "Pragma", "Http2-Settings", "Proxy-Connection", "Keep-Alive":
		return true
	}
	return false
}

var endOfHead = []byte("\r\n\r\n")

// headOf is the head that some bytes begin with; nil: they have no whole one.
func headOf(text []byte) []byte {
	at := bytes.Index(text, endOfHead)
	if at < 0 {
		return nil
	}
	return text[:at+len(endOfHead)]
}

// parse reads a head into a request; false: it is for net/http, and the request is of no use.
func (r *request) parse(head []byte) bool {
	line, fields, _ := strings.Cut(string(head), "\r\n") // copied once: all that follow are parts of it
	target, isPlain := strings.CutPrefix(line, "GET ")
	target, isOne := strings.CutSuffix(target, " HTTP/1.1")
	if !isPlain || !isOne || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return false
	}
	path, query, asks := strings.Cut(target, "?")
	if !isAll(path, inPath) || !isAll(query, inQuery) || asks && query == "" {
		return false
	}
	if !r.parseFields(fields) {
		return false
	}
	r.url = url.URL{Path: path, RawQuery: query}
	r.http.Method, r.http.URL, r.http.Header, r.http.RequestURI = http.MethodGet, &r.url, r.fields, target
	return true
}

// parseFields reads the lines after the first one, the empty one included.
func (r *request) parseFields(lines string) bool {
	clear(r.fields)
	r.http.Host = ""
	for count := 0; lines != "\r\n"; count++ {
		line, rest, found := strings.Cut(lines, "\r\n")
		if !found || count == maxFields {
			return false
		}
		lines = rest
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || !isAll(name, inName) || !isAll(value, inValue) {
			return false
		}
		if !r.addField(textproto.CanonicalMIMEHeaderKey(name), strings.Trim(value, " "), count) {
			return false
		}
	}
	return r.http.Host != ""
}

func (r *request) addField(name, value string, at int) bool {
	switch {
	case name == "Host":
		if r.http.Host != "" || value == "" || !isAll(value, inHost) { // an empty one may be followed by another
			return false
		}
		r.http.Host = value // net/http does not keep it among the fields
		return true
	case name == "Connection" && !strings.EqualFold(value, "keep-alive"), governs(name):
		return false
	}
	if _, twice := r.fields[name]; twice {
		return false
	}
	r.values[at] = value
	r.fields[name] = r.values[at : at+1 : at+1]
	return true
}
