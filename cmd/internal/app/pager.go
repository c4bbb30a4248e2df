package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"latchkey/cmd/internal/ui"
)

// pager is a program that shows output a screen at a time.
type pager struct {
	command *exec.Cmd
	in      io.WriteCloser
	held    bytes.Buffer // messages that would disturb the screen
	gone    bool         // it was left before the end
}

// ReadersPrinter is [App.Printer] for what may be longer than a screen: on a terminal a pager shows it, as git does it.
func (a *App) ReadersPrinter() (ui.Printer, error) {
	printer, err := a.Printer()
	if err == nil && ui.IsTerminal(a.Out) {
		printer.Out = toTheEnd{readers{a}}
	}
	return printer, err
}

// readers is where output goes that a pager may show. That starts with the first of it, not where there is none.
type readers struct{ *App }

// Write writes the text.
func (r readers) Write(text []byte) (int, error) { return r.reader().Write(text) }

// toTheEnd drops what nobody reads any more: whoever leaves the pager early has seen enough, and the command has not failed.
type toTheEnd struct{ out io.Writer }

// Write writes the text.
func (t toTheEnd) Write(text []byte) (int, error) {
	n, err := t.out.Write(text)
	if errors.Is(err, errPagerLeft) {
		return len(text), nil
	}
	return n, err
}

// errPagerLeft: the pager has ended. Run takes it for a good end.
var errPagerLeft = errors.New("the pager has ended")

// PagerLeft reports whether an error is only that somebody has left the pager.
func PagerLeft(err error) bool { return errors.Is(err, errPagerLeft) }

// reader is standard output, through a pager if there is one. An edit is never paged: it may ask something.
func (a *App) reader() io.Writer {
	if a.pager == nil && !a.edits && ui.IsTerminal(a.Out) {
		a.startPager()
	}
	if a.pager != nil {
		return a.pager
	}
	return a.Out
}

// pagerCommand is the command line of the pager; nil for none. Like git, less is asked to end at once where all fits on the
// screen (F), to show colours (R) and to leave the screen as it is (X).
func (a *App) pagerCommand() []string {
	words := a.Getenv("PAGER")
	isOff := a.Environ != nil && slices.Contains(a.Environ(), "PAGER=")
	if a.Flags.NoPager || isOff || words == "cat" || a.Getenv("TERM") == "" || a.Getenv("TERM") == "dumb" {
		return nil
	}
	if words == "" || a.isLent() {
		words = "less"
	}
	if strings.ContainsAny(words, "|&;<>()$`\\\"'*?[#~=%") {
		return []string{"sh", "-c", words}
	}
	return strings.Fields(words)
}

// isLent reports whether latchkey runs with the rights of another account, by sudo or doas. Those may be for latchkey alone, and
// a pager can start a shell: then it is less in its secure mode.
func (a *App) isLent() bool { return a.Getenv("SUDO_USER") != "" || a.Getenv("DOAS_USER") != "" }

func (a *App) startPager() {
	words := a.pagerCommand()
	if len(words) == 0 {
		return
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		a.Flags.NoPager = true
		if a.Getenv("PAGER") != "" && !a.isLent() {
			a.Messages().Warn("PAGER names %s, which cannot be run: %v", words[0], errors.Unwrap(err))
		}
		return
	}
	command := exec.CommandContext(context.Background(), words[0], words[1:]...) //nolint:gosec // the person's own program
	command.Stdout, command.Stderr = a.Out, a.BareErr()
	if a.Environ != nil {
		command.Env = a.Environ()
	}
	if a.isLent() {
		command.Env = append(command.Env, "LESSSECURE=1")
	}
	for _, setting := range [][2]string{{"LESS", "FRX"}, {"LV", "-c"}} {
		if a.Getenv(setting[0]) == "" {
			command.Env = append(command.Env, setting[0]+"="+setting[1])
		}
	}
	in, err := command.StdinPipe()
	if err == nil {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // an ignored signal would stay ignored in the pager and its children
		err = command.Start()
		signal.Ignore(syscall.SIGPIPE)
	}
	if err != nil {
		a.Flags.NoPager = true
		a.Messages().Warn("PAGER: %v", err)
		return
	}
	signal.Ignore(os.Interrupt) // Ctrl-C belongs to the pager, which must not be left behind
	a.pager = &pager{command: command, in: in}
}

// Write hands text to the pager.
func (p *pager) Write(text []byte) (int, error) {
	if p.gone {
		return 0, errPagerLeft
	}
	n, err := p.in.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		p.gone = true
		return n, errPagerLeft
	}
	return n, err
}

// EndPager waits until the pager is left, and shows the messages that came meanwhile.
func (a *App) EndPager() {
	if a.pager == nil {
		return
	}
	ended := a.pager
	a.pager = nil
	_ = ended.in.Close()
	_ = ended.command.Wait() // how the pager ends is not how the command ends
	_, _ = a.Err.Write(ended.held.Bytes())
}

// messageStream is standard error; where a pager has the screen, it is kept until that is left.
func (a *App) messageStream() io.Writer {
	if a.pager != nil && ui.IsTerminal(a.Err) {
		return &a.pager.held
	}
	return a.Err
}
