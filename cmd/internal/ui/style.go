package ui

import (
	"io"
	"sync"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Style is how a text looks on a terminal with colours. It repeats what the text says and never says it alone: an
// added line also begins with "+", a bad state is also written as a word.
type Style int

// The styles. Their colours are of the 16-colour palette.
const (
	Plain   Style = iota
	Good          // green
	Bad           // red
	Warn          // yellow
	Dim           // faint
	Strong        // bold
	Added         // green
	Removed       // red
)

// Paint returns the text in the style, or as it is without color. The text must be escaped already.
func (s Style) Paint(text string, color bool) string {
	if !color || s == Plain || text == "" {
		return text
	}
	style, ok := palette()[s]
	if !ok {
		return text
	}
	return style.Render(text)
}

// palette is made at the first coloured text, since most runs have none.
var palette = sync.OnceValue(func() map[Style]lipgloss.Style {
	// Everything a renderer could want to find out is given: profile and background. It writes nothing itself.
	renderer := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.ANSI))
	renderer.SetColorProfile(termenv.ANSI)
	renderer.SetHasDarkBackground(true)

	base := renderer.NewStyle().Inline(true)
	green, red, yellow := lipgloss.Color("2"), lipgloss.Color("1"), lipgloss.Color("3")
	return map[Style]lipgloss.Style{
		Plain:   base,
		Good:    base.Foreground(green),
		Bad:     base.Foreground(red),
		Warn:    base.Foreground(yellow),
		Dim:     base.Faint(true),
		Strong:  base.Bold(true),
		Added:   base.Foreground(green),
		Removed: base.Foreground(red),
	}
})

// cells is how many cells of a terminal an escaped text takes: wide characters two, combining marks none.
func cells(text string) int {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return lipgloss.Width(text)
		}
	}
	return len(text)
}

// shorten cuts an escaped text that is wider to a width of at least two cells, the last of them an ellipsis.
func shorten(text string, width int) string {
	if cells(text) <= width {
		return text
	}
	plain := palette()[Plain]
	return plain.MaxWidth(width-1).Render(text) + "…"
}
