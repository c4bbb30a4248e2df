package telemetry

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxPending is how much may wait for a reader that does not read, in bytes. What comes then is dropped.
	maxPending = 1 << 20
	// linePause is how long lines wait for others, so that many go out in one write.
	linePause = 100 * time.Millisecond
	// lastWrite is how long a stop waits for a reader that does not read the rest.
	lastWrite = 2 * time.Second
)

// asyncWriter writes whole lines to a writer that may be slow, or a pipe that nobody reads. Its callers never wait.
type asyncWriter struct {
	to      io.Writer
	dropped atomic.Int64

	mutex   sync.Mutex
	pending []byte
	spare   []byte // reused for pending when that was written

	woken  chan struct{} // something is pending
	closed chan struct{}
	ended  chan struct{}
}

func newAsyncWriter(to io.Writer) *asyncWriter {
	return &asyncWriter{to: to, woken: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{})}
}

// Write takes a line. It never fails: a line for which there is no room is dropped and counted.
func (w *asyncWriter) Write(line []byte) (int, error) {
	w.mutex.Lock()
	first := len(w.pending) == 0
	fits := len(w.pending)+len(line) <= maxPending
	if fits {
		w.pending = append(w.pending, line...)
	}
	w.mutex.Unlock()
	if !fits {
		w.dropped.Add(1)
	}
	if first && fits {
		select {
		case w.woken <- struct{}{}:
		default:
		}
	}
	return len(line), nil
}

func (w *asyncWriter) start() {
	go func() {
		defer close(w.ended)
		pause := time.NewTimer(linePause)
		defer pause.Stop()
		for {
			select {
			case <-w.closed:
				w.writePending()
				return
			case <-w.woken:
			}
			pause.Reset(linePause)
			select {
			case <-pause.C:
			case <-w.closed:
			}
			w.writePending()
		}
	}()
}

// writePending writes what is pending. An error is left to the reader to find: there is no other place to report it.
func (w *asyncWriter) writePending() {
	w.mutex.Lock()
	text := w.pending
	w.pending, w.spare = w.spare[:0], nil
	w.mutex.Unlock()
	if len(text) > 0 {
		_, _ = w.to.Write(text)
	}
	w.mutex.Lock()
	w.spare = text
	w.mutex.Unlock()
}

// stop writes the rest, unless nobody reads it.
func (w *asyncWriter) stop() {
	close(w.closed)
	limit := time.NewTimer(lastWrite)
	defer limit.Stop()
	select {
	case <-w.ended:
	case <-limit.C:
	}
}
