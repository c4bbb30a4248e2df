package ui

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	barWidth    = 30                     // cells
	barInterval = 100 * time.Millisecond // between two drawings: faster than the eye asks for, slower than a terminal is
)

// Progress draws a bar on one line of a terminal and redraws it in place, without escape sequences; on anything else, and with Quiet, nothing. Call
// Done at the end: it takes the bar away, so that what is printed next stands where it stood.
type Progress struct {
	Err      io.Writer
	Terminal bool
	Quiet    bool
	Clock    func() time.Time
	Doing    string // "importing"

	drawn time.Time
	wide  int // of the widest line that was drawn
}

// Step draws how much of a whole is done.
func (p *Progress) Step(done, of int64) {
	if !p.Terminal || p.Quiet || of <= 0 {
		return
	}
	now := p.Clock()
	if !p.drawn.IsZero() && now.Sub(p.drawn) < barInterval {
		return
	}
	p.drawn = now
	full := int(min(done, of) * barWidth / of)
	bar := strings.Repeat("#", full) + strings.Repeat(".", barWidth-full)
	line := fmt.Sprintf("%s [%s] %d of %d", p.Doing, bar, done, of)
	p.wide = max(p.wide, len(line))
	_, _ = io.WriteString(p.Err, "\r"+line)
}

// Done takes the bar away.
func (p *Progress) Done() {
	if !p.drawn.IsZero() {
		_, _ = io.WriteString(p.Err, "\r"+strings.Repeat(" ", p.wide)+"\r")
		p.drawn = time.Time{}
	}
}
