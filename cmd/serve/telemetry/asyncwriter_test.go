package telemetry

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stuck is a writer that nobody reads from, until it is let go.
type stuck struct{ letGo chan struct{} }

func (s stuck) Write(text []byte) (int, error) {
	<-s.letGo
	return len(text), nil
}

// TestLinesNeverWait: while nobody takes them, lines are kept up to a limit and then dropped and counted.
func TestLinesNeverWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader := stuck{letGo: make(chan struct{})}
		l := newAsyncWriter(reader)
		l.start()
		line := bytes.Repeat([]byte("x"), 1023)
		line = append(line, '\n')
		_, _ = l.Write(line)
		time.Sleep(2 * linePause) //nolint:forbidigo // a virtual clock; that line is being written now
		for range maxPending/len(line) + 5 {
			_, _ = l.Write(line)
		}
		if got := l.dropped.Load(); got != 5 || len(l.pending) > maxPending {
			t.Errorf("got %d lines dropped and %d bytes pending, want 5 and at most %d", got, len(l.pending), maxPending)
		}
		began := time.Now()
		l.stop()
		if took := time.Since(began); took != lastWrite {
			t.Errorf("the stop took %v, want %v and no longer", took, lastWrite)
		}
		close(reader.letGo)
		<-l.ended
	})
}

// TestLinesAreWrittenTogether: after a pause in one write, and the rest at the stop.
func TestLinesAreWrittenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out writes
		l := newAsyncWriter(&out)
		l.start()
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			_, _ = l.Write([]byte(line))
		}
		time.Sleep(2 * linePause) //nolint:forbidigo // a virtual clock
		_, _ = l.Write([]byte("four\n"))
		time.Sleep(2 * linePause) //nolint:forbidigo // a virtual clock
		_, _ = l.Write([]byte("five\n"))
		l.stop()
		if got := strings.Join(out, "|"); got != "one\ntwo\nthree\n|four\n|five\n" {
			t.Errorf("got %q", got)
		}
	})
}

type writes []string

func (w *writes) Write(text []byte) (int, error) {
	*w = append(*w, string(text))
	return len(text), nil
}
