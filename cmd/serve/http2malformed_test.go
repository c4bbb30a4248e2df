package serve

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestMalformedHTTP2: a request whose length or host can be read in two ways gets 400 and has no effect (H8), whoever sends
// it. net/http goes by the first length and by :authority.
func TestMalformedHTTP2(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	right := request(t, http.MethodGet, r.url, firstUser, r.firstToken(t)).Header.Get("Authorization")
	for name, test := range map[string]struct {
		fields string
		body   string
		status string
	}{
		"nothing wrong":                  {"", "{}", "201"},
		"one length":                     {literal("content-length", "2"), "{}", "201"},
		"two lengths":                    {literal("content-length", "2") + literal("content-length", "3"), "{}", "400"},
		"one length twice":               {literal("content-length", "2") + literal("content-length", "2"), "{}", "400"},
		"list of lengths":                {literal("content-length", "2, 2"), "", "400"}, // with a body net/http resets the stream
		"signed length":                  {literal("content-length", "+2"), "", "400"},
		"length that is no number":       {literal("content-length", "x"), "", "400"},
		"length and no body":             {literal("content-length", "2"), "", "400"},
		"host as :authority":             {literal("host", "x"), "{}", "201"},
		"host as :authority, by letters": {literal("host", "X"), "{}", "201"},
		"another host":                   {literal("host", "y"), "{}", "400"},
		"another port":                   {literal("host", "x:444"), "{}", "400"},
		"two hosts":                      {literal("host", "x") + literal("host", "y"), "{}", "400"},
		"empty host":                     {literal("host", ""), "{}", "400"},
	} {
		for who, authorization := range map[string]string{"a user": right, "nobody": ""} {
			want := test.status
			if authorization == "" && want == "201" {
				want = "401"
			}
			if got := r.postByHTTP2(t, authorization, test.fields, test.body); got != want {
				t.Errorf("%s, by %s: got %q, want %s", name, who, got, want)
			}
		}
	}
}

// postByHTTP2 makes an order and returns the status; "" where the stream was reset.
func (r *running) postByHTTP2(t *testing.T, authorization, fields, body string) (status string) {
	t.Helper()
	client := r.dialHTTP2(t, 1<<16)
	defer client.Close()
	block := "\x83\x87" + literal(":path", "/api/v2/orders") + literal(":authority", "x") + literal("content-type", "application/json") // POST, https
	if authorization != "" {
		block += literal("authorization", authorization)
	}
	text, flags := "", byte(endOfStreamAndHeaders)
	if body != "" {
		flags, text = endOfHeaders, frameOf(frameData, endOfStream, 1, []byte(body))
	}
	if _, err := io.WriteString(client, frameOf(frameHeaders, flags, 1, []byte(block+fields))+text); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(client)
	for {
		kind, _, payload, err := frame(reader)
		switch {
		case err != nil:
			t.Fatal(err)
		case kind == frameReset:
			return ""
		case kind == frameHeaders:
			return statusOf(t, payload)
		}
	}
}

// statusOf reads the status at the beginning of a block of fields (RFC 7541, appendix A and section 6).
func statusOf(t *testing.T, block []byte) string {
	t.Helper()
	indexed := map[byte]string{0x88: "200", 0x89: "204", 0x8a: "206", 0x8b: "304", 0x8c: "400", 0x8d: "404", 0x8e: "500"}
	if status, known := indexed[block[0]]; known {
		return status
	}
	if len(block) < 5 || block[0] < 0x48 || block[0] > 0x4e { // a literal whose name is one of the seven statuses
		t.Fatalf("got the fields %x, want a status first", block)
	}
	if length := block[1] & 0x7f; block[1]&0x80 == 0 {
		return string(block[2 : 2+length])
	}
	// Digits in Huffman's code: 0 to 2 have five bits, the others six.
	codes, bits, status := map[string]string{"00000": "0", "00001": "1", "00010": "2", "011001": "3", "011010": "4", "011011": "5", "011100": "6"}, "", ""
	var text strings.Builder
	for _, octet := range block[2 : 2+block[1]&0x7f] {
		for shift := 7; shift >= 0; shift-- {
			text.WriteByte('0' + octet>>shift&1)
		}
	}
	for _, bit := range text.String() {
		bits += string(bit)
		if digit, found := codes[bits]; found {
			status, bits = status+digit, ""
		}
	}
	return status
}
