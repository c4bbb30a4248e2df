package ui_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"latchkey/cmd/internal/ui"
)

func printAll(m ui.Messages) string {
	var out strings.Builder
	m.Err = &out
	m.Info("see %s", "docs")
	m.Done("saved %d users", 2)
	m.Warn("%q looks like %v", "аlice", "alice")
	m.Error(errors.New("saving alice: conflict"), "run 'latchkey diff'")
	return out.String()
}

func TestMessages(t *testing.T) {
	t.Parallel()
	loud := "warning: \"аlice\" looks like alice\nlatchkey: saving alice: conflict\nhint: run 'latchkey diff'\n"
	if got, want := printAll(ui.Messages{}), "note: see docs\nsaved 2 users\n"+loud; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := printAll(ui.Messages{Quiet: true}); got != loud {
		t.Errorf("quiet: got %q, want %q", got, loud)
	}
	got := printAll(ui.Messages{Quiet: true, Color: true})
	for _, want := range []string{"\x1b[33mwarning: \x1b[0m\"", "\x1b[31mlatchkey:\x1b[0m saving", "\x1b[1mhint:\x1b[0m run"} {
		if !strings.Contains(got, want) {
			t.Errorf("coloured: got %q, want %q in it", got, want)
		}
	}
}

func TestMessagesEscapeArguments(t *testing.T) {
	t.Parallel()
	const forged = "x\nlatchkey: all is well\x1b[2K"
	var out strings.Builder
	messages := ui.Messages{Err: &out}
	messages.Done("%s|%-4s|%v|%v|%d|%v", forged, "é", errors.New(forged), []string{forged}, 7, 2*time.Second)
	const shown = `x\nlatchkey: all is well\x1b[2K`
	if got, want := out.String(), shown+"|é   |"+shown+"|["+shown+"]|7|2s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	messages.Error(errors.New(forged+"\n"), "one\ntwo\u202e\n")
	if got, want := out.String(), "latchkey: x\n  latchkey: all is well\\x1b[2K\nhint: one\nhint: two\\u202e\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	messages.Error(errors.New("plain"), "")
	if got, want := out.String(), "latchkey: plain\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want bool
		err  error
		rest string
	}{
		{"y\n", true, nil, ""},
		{"Yes\r\n", true, nil, ""},
		{"  YES  \nnext\n", true, nil, "next\n"},
		{"yes", true, nil, ""},
		{"\n", false, nil, ""},
		{"n\n", false, nil, ""},
		{"no", false, nil, ""},
		{"yess\n", false, nil, ""},
		{"ye\n", false, nil, ""},
		{"ja\ny\n", false, nil, "y\n"},
		{"\xff\x00\n", false, nil, ""},
		{strings.Repeat("y", 300), false, nil, strings.Repeat("y", 44)},
		{"", false, ui.ErrNoAnswer, ""},
	}
	for _, test := range tests {
		in, prompt := strings.NewReader(test.in), &strings.Builder{}
		got, err := ui.Confirm(in, prompt, true, "remove \x1balice?")
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%q: got %v, %v, want %v, %v", test.in, got, err, test.want, test.err)
		}
		if rest := test.in[len(test.in)-in.Len():]; rest != test.rest {
			t.Errorf("%q: got %q left to read, want %q", test.in, rest, test.rest)
		}
		if text := strings.TrimSuffix(prompt.String(), "\n"); text != `remove \x1balice? [y/N] ` {
			t.Errorf("%q: got prompt %q", test.in, text)
		}
	}
}

func TestConfirmWithNobodyThere(t *testing.T) {
	t.Parallel()
	in, prompt := strings.NewReader("y\n"), &strings.Builder{}
	got, err := ui.Confirm(in, prompt, false, "remove alice?")
	if got || !errors.Is(err, ui.ErrNoAnswer) {
		t.Errorf("got %v, %v, want false, ErrNoAnswer", got, err)
	}
	if in.Len() != 2 || prompt.Len() != 0 {
		t.Errorf("got %d bytes left and prompt %q, want nothing read or asked", in.Len(), prompt)
	}
	broken := errors.New("broken")
	if got, err := ui.Confirm(iotest.ErrReader(broken), prompt, true, "?"); got || !errors.Is(err, broken) {
		t.Errorf("broken input: got %v, %v, want false, %v", got, err, broken)
	}
	if got, err := ui.Confirm(in, full{}, true, "?"); got || err == nil || in.Len() != 2 {
		t.Errorf("question not shown: got %v, %v and %d bytes left, want an error and nothing read", got, err, in.Len())
	}
}
