package ui_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/cmd/internal/ui"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out strings.Builder
	progress := ui.Progress{Err: &out, Terminal: true, Doing: "importing", Clock: func() time.Time { return now }}
	progress.Done()
	progress.Step(0, 0)
	if out.Len() > 0 {
		t.Errorf("nothing is to be drawn yet: %q", out.String())
	}
	progress.Step(1, 3)
	progress.Step(2, 3) // too soon
	now = now.Add(time.Second)
	progress.Step(3, 3)
	progress.Done()
	want := "\rimporting [##########....................] 1 of 3\rimporting [##############################] 3 of 3\r" + strings.Repeat(" ", 49) + "\r"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestProgressIsForTerminalsAlone(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, progress := range []ui.Progress{{Err: &out, Clock: time.Now}, {Err: &out, Clock: time.Now, Terminal: true, Quiet: true}} {
		progress.Step(1, 2)
		progress.Done()
	}
	if out.Len() > 0 {
		t.Errorf("got %q", out.String())
	}
}
