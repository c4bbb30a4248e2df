package ui

import (
	"fmt"
	"strings"

	"latchkey/perms/errorkind"
)

// Format is how records are written, as --output names it.
type Format string

// The formats. FormatDefault is for people on a terminal and for cut and awk in a pipe; the others are a contract.
const (
	FormatDefault Format = ""
	FormatJSON    Format = "json"
	FormatJSONL   Format = "jsonl"
	FormatYAML    Format = "yaml"
	FormatName    Format = "name"
	// FormatTable is what a person sees on a terminal, wherever it goes. A printer is told by Terminal.
	FormatTable Format = "table"
)

// Errors of wrong use, wrapped with what would be right.
var (
	// ErrFormat: --output names no format.
	ErrFormat = errorkind.Invalid.New("unknown output format")
	// ErrField: --field names no field, or is given together with a format that it cannot be part of.
	ErrField = errorkind.Invalid.New("unusable --field")
)

// Formats returns the names --output takes, in the order help shows them.
func Formats() []string {
	return []string{string(FormatJSON), string(FormatJSONL), string(FormatYAML), string(FormatName), string(FormatTable)}
}

// ParseFormat reads the value of --output. The empty string is the default format. The error is [ErrFormat].
func ParseFormat(s string) (Format, error) {
	if s == "" {
		return FormatDefault, nil
	}
	for _, known := range Formats() {
		if s == known {
			return Format(s), nil
		}
	}
	return FormatDefault, fmt.Errorf("%w %q: use one of %s", ErrFormat, s, strings.Join(Formats(), ", "))
}
