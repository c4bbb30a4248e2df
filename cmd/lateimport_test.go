package cmd

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/internal/app"
)

// TestImportThatComesLate: what a command reads from standard input is imported by the rules that hold when it has come, not by
// those of when the command began (H11).
func TestImportThatComesLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile string
		want      int
	}{
		"nothing happens":  {"user edit ci --note x", app.ExitDone},
		"denied":           {"perm deny ci orders:create", app.ExitRefused},
		"disabled":         {"token disable ci", app.ExitRefused},
		"removed":          {"user remove ci -y", app.ExitRefused},
		"the resource too": {"resource remove orders -y --revoke-rules", app.ExitUnknown},
	} {
		d := newDesk(t)
		for _, line := range []string{"user add ci", "perm grant ci orders:*", "token enable ci"} {
			d.wantRun(app.ExitDone, append(strings.Fields(line), "--save")...)
		}
		late := &lateReader{text: strings.NewReader(`{"a":1}`), before: func() {
			if status, _, messages := d.run(append(strings.Fields(c.meanwhile), "--save")...); status != app.ExitDone {
				t.Errorf("%s: %s", name, messages)
			}
		}}
		var messages bytes.Buffer
		a := &app.App{In: late, Out: io.Discard, Err: &messages, Random: rand.Reader, Clock: func() time.Time { return d.now },
			Getenv: func(name string) string { return map[string]string{"LATCHKEY_DB": d.path}[name] }}
		if got := Run(t.Context(), a, strings.Fields("resource import orders - --format jsonl --as ci")); got != c.want {
			t.Errorf("%s: got exit status %d, want %d: %s", name, got, c.want, messages.String())
		}
		if c.want != app.ExitUnknown {
			stored, _ := d.wantRun(app.ExitDone, "resource", "export", "orders", "--format", "jsonl")
			if (stored != "") != (c.want == app.ExitDone) {
				t.Errorf("%s: got the documents %q", name, stored)
			}
		}
	}
}

// lateReader does something before it has its text.
type lateReader struct {
	text   io.Reader
	before func()
	once   sync.Once
}

func (r *lateReader) Read(into []byte) (int, error) {
	r.once.Do(r.before)
	return r.text.Read(into)
}
