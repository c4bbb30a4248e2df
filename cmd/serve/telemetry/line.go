package telemetry

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// line is a line of the access log in the making, written as slog's handlers write it, at a quarter of their cost: it is
// the largest part of what a request costs here (BenchmarkObserve). It escapes whatever could end a line, begin another
// or reach a terminal.
type line struct {
	text   []byte
	format Format
}

// begin writes the fields that each line begins with.
func (l *line) begin(at time.Time, message string) {
	l.text = l.text[:0]
	switch l.format {
	case JSON:
		l.text = append(l.text, `{"time":"`...)
		l.text = at.UTC().AppendFormat(l.text, time.RFC3339Nano)
		l.text = append(l.text, '"')
	case Compact:
		l.text = at.AppendFormat(l.text, time.TimeOnly)
		if message != "" {
			l.text = append(append(l.text, ' '), message...)
		}
		return
	default:
		l.text = append(l.text, "time="...)
		l.text = at.UTC().AppendFormat(l.text, "2006-01-02T15:04:05.000Z07:00")
	}
	l.string("level", "INFO")
	l.string("msg", message)
}

func (l *line) name(name string) {
	if l.format == JSON {
		l.text = append(append(append(l.text, `,"`...), name...), `":`...)
		return
	}
	l.text = append(append(append(l.text, ' '), name...), '=')
}

func (l *line) string(name, value string) {
	l.name(name)
	plain := isPlain(value)
	switch {
	case l.format == JSON && plain:
		l.text = append(append(append(l.text, '"'), value...), '"')
	case l.format == JSON:
		l.text = appendJSON(l.text, value)
	case plain && value != "" && !needsQuotes(value):
		l.text = append(l.text, value...)
	default:
		l.text = strconv.AppendQuote(l.text, value)
	}
}

// appendJSON writes a string of JSON in which nothing is left that a terminal would not show.
func appendJSON(to []byte, value string) []byte {
	quoted, _ := json.Marshal(value) // a string has no error
	for _, char := range string(quoted) {
		if char < utf8.RuneSelf && char != 0x7f || unicode.IsPrint(char) {
			to = utf8.AppendRune(to, char)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, char) {
			to = fmt.Appendf(to, `\u%04x`, unit)
		}
	}
	return to
}

func (l *line) number(name string, value int64) {
	l.name(name)
	l.text = strconv.AppendInt(l.text, value, 10)
}

// milliseconds writes a duration, to the microsecond.
func (l *line) milliseconds(name string, value time.Duration) {
	l.name(name)
	l.text = strconv.AppendFloat(l.text, float64(value.Microseconds())/1000, 'f', -1, 64)
}

func (l *line) end() []byte {
	if l.format == JSON {
		l.text = append(l.text, '}')
	}
	l.text = append(l.text, '\n')
	return l.text
}

// isPlain is true of printable ASCII that no format has to escape.
func isPlain(text string) bool {
	for i := range len(text) {
		if char := text[i]; char < ' ' || char > '~' || char == '"' || char == '\\' || char == '<' || char == '>' || char == '&' {
			return false
		}
	}
	return true
}

// needsQuotes is true of plain text that a reader of the text format would take for more than one value.
func needsQuotes(text string) bool {
	for i := range len(text) {
		if text[i] == ' ' || text[i] == '=' {
			return true
		}
	}
	return false
}
