package cmd

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"latchkey/cmd/serve/api/panel"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
)

// TestErrorsPage: docs/errors.md has each kind of error with the statuses that it really ends in.
func TestErrorsPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z ]+) \| .* \| (\d+ \| \d+) \|$`).FindAllStringSubmatch(string(page), -1) {
		rows[row[1]] = row[2]
	}
	for kind := errorkind.None + 1; kind <= errorkind.Internal; kind++ {
		exit, found := exits[kind]
		want := fmt.Sprintf("%d | %d", exit, panel.ErrorFor(kind.New("x")).Status)
		if got := rows[kind.String()]; !found || got != want {
			t.Errorf("%s: the page says %q, want %q", kind, got, want)
		}
		delete(rows, kind.String())
	}
	if len(rows) > 0 {
		t.Errorf("the page has kinds that there are not: %v", rows)
	}
}

// TestConflictsHaveHints: whatever the cause of a conflict is, there is something to do about it.
func TestConflictsHaveHints(t *testing.T) {
	t.Parallel()
	for cause := model.DraftIsStale; cause <= model.ChangedByToken; cause++ {
		if conflictHints[cause] == "" {
			t.Errorf("the cause %d has no hint", cause)
		}
	}
	if len(conflictHints) != int(model.ChangedByToken) {
		t.Errorf("got %d hints, want one of each cause", len(conflictHints))
	}
}
