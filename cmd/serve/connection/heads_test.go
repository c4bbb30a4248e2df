package connection

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzHeadsBeginWhereTheServerThinks: what package net/http takes for the beginning of a request, the check has taken
// for one too; else a request could pass in what the check takes for a body.
func FuzzHeadsBeginWhereTheServerThinks(f *testing.F) {
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na\nbGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\t 0003 \r\n\r\na\nbPOST / HTTP/1.0\r\ncOnTeNt-LeNgTh: 1\r\n\r\n\nGET / HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloPRI * HTTP/2.0\r\n\r\n",
		"\r\n\r\nGET / HTTP/1.1\r\nX: \x00\r\n y\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		begins, checked := headsOf(text)
		source := bytes.NewReader(text[:checked])
		reader := bufio.NewReader(source)
		for {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, request.Body); err != nil {
				return
			}
			at := checked - source.Len() - reader.Buffered()
			if at == checked || slices.Contains(begins, endless) {
				return
			}
			if !slices.Contains(begins, at) {
				t.Fatalf("%q: a request begins at %d for the server, but for the check at %v", text, at, begins)
			}
		}
	})
}

// headsOf returns where the heads begin, last of all [endless] where the rest is a body, and how much was checked.
func headsOf(text []byte) (begins []int, checked int) {
	var heads requestHeads
	for i := range text {
		if !heads.fields && heads.body == 0 && heads.length == 0 {
			begins = append(begins, i)
		}
		if _, err := heads.check(text[i : i+1]); err != nil {
			return begins, i
		}
		if heads.body == endless {
			return append(begins, endless), len(text)
		}
	}
	return begins, len(text)
}

// TestHeadsInPieces: it does not matter how the bytes come.
func TestHeadsInPieces(t *testing.T) {
	t.Parallel()
	text := []byte("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nb" + strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 3) + "GET / HTTP/1.1\nHost")
	want := len(text) - len("\nHost")
	for size := 1; size <= len(text); size++ {
		var heads requestHeads
		right := 0
		for piece := range slices.Chunk(text, size) {
			n, err := heads.check(piece)
			if right += n; err != nil {
				break
			}
		}
		if right != want {
			t.Errorf("in pieces of %d: got %d bytes, want %d", size, right, want)
		}
	}
}
