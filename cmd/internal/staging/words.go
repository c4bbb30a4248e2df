package staging

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db/history"
	"latchkey/db/model"
)

// changesInWords names what a revision added, changed and removed.
func changesInWords(revision history.Revision) string {
	var added, changed, removed []string
	for _, change := range revision.Changes {
		change = change.AsServed()
		switch {
		case change.Before == nil:
			added = append(added, change.Label())
		case change.After == nil:
			removed = append(removed, change.Label())
		default:
			changed = append(changed, change.Label())
		}
	}
	var words []string
	for _, group := range []struct {
		verb   string
		labels []string
	}{{"added", added}, {"changed", changed}, {"removed", removed}} {
		if len(group.labels) > 0 {
			words = append(words, group.verb+" "+ui.Enumerate(group.labels))
		}
	}
	return strings.Join(words, "; ")
}

// InWords sums up what changes of one object.
func InWords(change model.RecordedChange) string {
	words := []string{}
	change = change.AsServed()
	switch {
	case change.After == nil:
		return "remove"
	case change.Before == nil:
		words = append(words, "add")
		nothing := &model.Object{Kind: change.Kind, Name: change.Name()}
		change.Before = nothing.Record()
	}
	for _, difference := range change.Differences() {
		words = append(words, differenceInWords(difference))
	}
	return strings.Join(words, "; ")
}

func differenceInWords(difference model.Difference) string {
	difference.Before, difference.After = placeInWords(difference.Field, difference.Before), placeInWords(difference.Field, difference.After)
	switch {
	case difference.Before == "":
		return difference.Field + ": " + difference.After
	case difference.After == "":
		return difference.Field + ": " + difference.Before + " → none"
	}
	return difference.Field + ": " + difference.Before + " → " + difference.After
}

// placeInWords shows that a path is at a host alone: one who forgot the first slash has to see it.
func placeInWords(field, value string) string {
	host, path, found := strings.Cut(value, "/")
	if field != "path" || !found || host == "" {
		return value
	}
	return fmt.Sprintf("/%s at the host %s", path, host)
}

// StagedInWords names what is staged of one object; the values are for `diff` to show.
func StagedInWords(staged wire.Staged) string {
	if staged.Action == "remove" {
		return "remove"
	}
	fields := slices.DeleteFunc(slices.Clone(staged.Fields), func(field string) bool { return staged.Action == "add" && field == "name" })
	if staged.Action == "add" {
		fields = append([]string{"add"}, fields...)
	}
	return strings.Join(fields, ", ")
}
