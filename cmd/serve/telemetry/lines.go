package telemetry

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxPending is how much may wait for a reader that does not take it, in bytes. What comes then is dropped.
	maxPending = 1 << 20
	// linePause is how long lines wait for others, so that many go out in one write.
	linePause = 100 * time.Millisecond
	// lastWrite is how long the end waits for a reader that does not take the rest.
	lastWrite = 2 * time.Second
)

// lines hands whole lines on to a writer that may be slow, or a pipe that nobody reads, without letting anybody wait.
type lines struct {
	to      io.Writer
	dropped atomic.Int64

	mutex   sync.Mutex
	pending []byte
	spare   []byte // of which pending is made when it was handed on

	woken  chan struct{} // something is pending
	closed chan struct{}
	ended  chan struct{}
}

func newLines(to io.Writer) *lines {
	return &lines{to: to, woken: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{})}
}

// Write takes a line. It never fails: a line for which there is no room is dropped and counted.
func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	first := len(l.pending) == 0
	fits := len(l.pending)+len(line) <= maxPending
	if fits {
		l.pending = append(l.pending, line...)
	}
	l.mutex.Unlock()
	if !fits {
		l.dropped.Add(1)
	}
	if first && fits {
		select {
		case l.woken <- struct{}{}:
		default:
		}
	}
	return len(line), nil
}

func (l *lines) start() {
	go func() {
		defer close(l.ended)
		pause := time.NewTimer(linePause)
		defer pause.Stop()
		for {
			select {
			case <-l.closed:
				l.handOn()
				return
			case <-l.woken:
			}
			pause.Reset(linePause)
			select {
			case <-pause.C:
			case <-l.closed:
			}
			l.handOn()
		}
	}()
}

// handOn writes what is pending. An error is left to who reads there to find: there is no other place to tell it.
func (l *lines) handOn() {
	l.mutex.Lock()
	text := l.pending
	l.pending, l.spare = l.spare[:0], nil
	l.mutex.Unlock()
	if len(text) > 0 {
		_, _ = l.to.Write(text)
	}
	l.mutex.Lock()
	l.spare = text
	l.mutex.Unlock()
}

// stop writes the rest, unless nobody takes it.
func (l *lines) stop() {
	close(l.closed)
	limit := time.NewTimer(lastWrite)
	defer limit.Stop()
	select {
	case <-l.ended:
	case <-limit.C:
	}
}
