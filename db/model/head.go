package model

import (
	"encoding/hex"
	"fmt"
)

// Head is the hash of a revision and of the head before it. A head that was kept elsewhere shows whether the log was altered
// since. Package history computes it (chain.go).
type Head [32]byte

// String is the head in hex.
func (h Head) String() string { return hex.EncodeToString(h[:]) }

// ParseHead reads a head as [Head.String] writes it.
func ParseHead(text string) (Head, error) {
	content, err := hex.DecodeString(text)
	if err != nil || len(content) != len(Head{}) {
		return Head{}, fmt.Errorf("a head is 64 hex digits, not %.80q", text)
	}
	return Head(content), nil
}
