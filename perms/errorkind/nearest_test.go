package errorkind_test

import (
	"slices"
	"testing"

	"latchkey/perms/errorkind"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	verbs := []string{"list", "show", "save", "serve", "status", "discard", "enable", "disable", "diff", "json", "jsonl", "a"}
	tests := map[string][]string{
		"lsit":    {"list"},
		"enabel":  {"enable"},
		"enable":  nil,
		"serv":    {"serve"},
		"JSON":    {"json", "jsonl"},
		"satus":   {"status"},
		"xyzzy":   nil,
		"":        nil,
		"b":       nil,
		"restore": nil,
	}
	for word, want := range tests {
		if got := errorkind.Nearest(word, verbs); !slices.Equal(got, want) {
			t.Errorf("Nearest(%q): got %v, want %v", word, got, want)
		}
	}
	many := []string{"user4", "user3", "user2", "user2", "user1", "user0"}
	if got, want := errorkind.Nearest("userX", many), []string{"user0", "user1", "user2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
