package ui

import (
	"fmt"
	"strings"
)

// Enumerate names up to ten things.
func Enumerate(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
