// Package exchange reads and writes documents as files: a JSON array, JSON lines, or CSV. It knows no resource and no
// database, nor what a document may be.
//
// What is written can be read back, and comes to the same fields.
//
// Numbers such as C3 are requirements: see docs/requirements.md.
package exchange

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Format is how documents stand in a file.
type Format string

// The formats.
const (
	JSON  Format = "json"  // one array of objects
	JSONL Format = "jsonl" // one object a line
	CSV   Format = "csv"   // RFC 4180, with a row of names first
)

// Formats lists the formats.
func Formats() []string { return []string{string(JSON), string(JSONL), string(CSV)} }

// The limits of what is read. All of it is held in memory, so that there is no lock while it is read.
const (
	MaxSize      = 256 << 20 // bytes
	MaxDocuments = 1_000_000
)

// The fields that stand beside those of the document itself.
const (
	fieldID       = "id"
	fieldCreated  = "date_created"
	fieldModified = "date_modified"

	ownFields = 3
)

// FormatOf guesses the format of a file by the end of its name; false where it says nothing.
func FormatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return JSON, true
	case ".jsonl", ".ndjson":
		return JSONL, true
	case ".csv":
		return CSV, true
	}
	return "", false
}

// LineError says at which line of what was read something is wrong.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what is wrong there.
func (e *LineError) Unwrap() error { return e.Err }
