package errorkind

import (
	"cmp"
	"slices"
	"strings"
)

const mostSuggestions = 3

// Nearest returns the words, at most three, that a mistyped one was probably meant to be: nearest first, equally near
// ones in alphabetical order. Near is one slip (a character wrong, missing, too many, or two swapped) for every three
// characters begun, and something must be left in common. Case does not count; the word itself is never suggested.
func Nearest(word string, among []string) []string {
	type candidate struct {
		text  string
		slips int
	}
	wanted := []rune(strings.ToLower(word))
	limit := (len(wanted) + 2) / 3
	var near []candidate
	for _, text := range among {
		other := []rune(strings.ToLower(text))
		if text == word || max(len(other)-len(wanted), len(wanted)-len(other)) > limit {
			continue
		}
		if slips := distance(wanted, other); slips <= limit && slips < len(other) {
			near = append(near, candidate{text, slips})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(a.text, b.text))
	})
	near = slices.Compact(near)

	var out []string
	for _, c := range near[:min(len(near), mostSuggestions)] {
		out = append(out, c.text)
	}
	return out
}

// distance counts slips by optimal string alignment: Levenshtein's edits and swaps of neighbours.
func distance(a, b []rune) int {
	before, previous, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, previous, row = previous, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			substitution := previous[j-1]
			if a[i-1] != b[j-1] {
				substitution++
			}
			row[j] = min(previous[j]+1, row[j-1]+1, substitution)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
