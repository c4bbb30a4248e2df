package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// bySlog is the line that slog's own handler writes.
func bySlog(format Format, text string, number int64, took time.Duration) string {
	var out bytes.Buffer
	var handler slog.Handler = slog.NewTextHandler(&out, nil)
	if format == JSON {
		handler = slog.NewJSONHandler(&out, nil)
	}
	record := slog.NewRecord(now.Add(123456789), slog.LevelInfo, "request", 0)
	record.AddAttrs(slog.String("text", text), slog.Int64("number", number), slog.Float64("took", float64(took.Microseconds())/1000))
	_ = handler.Handle(context.Background(), record)
	return out.String()
}

func byUs(format Format, text string, number int64, took time.Duration) string {
	l := &line{format: format}
	l.begin(now.Add(123456789), "request")
	l.string("text", text)
	l.number("number", number)
	l.milliseconds("took", took)
	return string(l.end())
}

// FuzzLine: a reader finds in a line what it would find in slog's, and nothing in it ends a line or reaches a terminal.
func FuzzLine(f *testing.F) {
	for _, text := range []string{"", "plain", "two words", "a=b", `"quoted\"`, "a\nb", "\x1b[31m", "\u202e", "ü", "\xff", "<&>", "a\x7fb\u009b", "\U000e0001"} {
		f.Add(text, int64(len(text))-3, int64(len(text)*1234))
	}
	f.Fuzz(func(t *testing.T, text string, number, micros int64) {
		took := time.Duration(micros%900_000_000) * time.Microsecond
		got, want := byUs(Text, text, number, took), bySlog(Text, text, number, took)
		quoted := strings.Replace(want, "text="+text+" ", "text="+strconv.Quote(text)+" ", 1) // slog leaves out more quotes
		if got != want && got != quoted {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		inJSON := byUs(JSON, text, number, took)
		var ours, theirs map[string]any
		if err := errors.Join(json.Unmarshal([]byte(inJSON), &ours), json.Unmarshal([]byte(bySlog(JSON, text, number, took)), &theirs)); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(ours, theirs) {
			t.Errorf("got %v, want %v", ours, theirs)
		}
		for _, line := range []string{got, inJSON} {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(char rune) bool { return !unicode.IsPrint(char) }) {
				t.Errorf("%q has what is not to be printed", line)
			}
		}
	})
}
