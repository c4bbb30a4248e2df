package staging

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms/settings"
)

// objectChange is what changed of one object.
type objectChange struct {
	label  string
	fields []panel.Changed
}

// byObject divides changes, which are in order, among their objects. A name that changes comes first.
func byObject(changes []panel.Changed) []objectChange {
	var objects []objectChange
	for _, change := range changes {
		if last := len(objects) - 1; last < 0 || objects[last].label != change.Object || change.Field == "name" {
			objects = append(objects, objectChange{label: change.Object})
		}
		last := &objects[len(objects)-1]
		last.fields = append(last.fields, change)
	}
	return objects
}

// labelsOf names the changed objects.
func labelsOf(changes []panel.Changed) []string {
	var labels []string
	for _, object := range byObject(changes) {
		labels = append(labels, object.label)
	}
	return labels
}

// action is add, remove or change: an object that is added gets its name, one that is removed loses it.
func (o objectChange) action() string {
	for _, field := range o.fields {
		switch {
		case field.Field != "name":
		case field.Before == nil:
			return "add"
		case field.After == nil:
			return "remove"
		}
	}
	return "change"
}

// inWords sums up what changes of the object.
func (o objectChange) inWords() string {
	action, words := o.action(), []string{}
	switch action {
	case "remove":
		return action
	case "add":
		if strings.HasPrefix(o.label, "resource:") {
			return action // 'resource add' shows it whole
		}
		words = append(words, action)
	}
	for _, field := range o.fields {
		before, after := field.Values()
		isDefault := field.Field == "name" || field.Field == "access" && after == "off"
		if action != "add" || !isDefault { // that an added user has a name, and no access yet, goes without saying
			words = append(words, fieldInWords(field.Field, before, after))
		}
	}
	return strings.Join(words, "; ")
}

// InWords sums up what a draft changes of one object.
func InWords(staged panel.StagedChange) string {
	return objectChange{staged.Object, staged.Changes}.inWords()
}

// changesInWords names what a save added, changed and removed.
func changesInWords(changes []panel.Changed) string {
	labels := map[string][]string{}
	for _, object := range byObject(changes) {
		labels[object.action()] = append(labels[object.action()], object.label)
	}
	var words []string
	for _, group := range []struct{ action, verb string }{{"add", "added"}, {"change", "changed"}, {"remove", "removed"}} {
		if list := labels[group.action]; len(list) > 0 {
			words = append(words, group.verb+" "+ui.Enumerate(list))
		}
	}
	return strings.Join(words, "; ")
}

// headDigits are as many digits of a head as people see.
const headDigits = 12

// ShortHead is a head for people. 'latchkey log --verify --head' needs the whole one.
func ShortHead(head string) string { return head[:min(len(head), headDigits)] }

// NewToken is the change of an access by which a token replaces another, in words.
func NewToken(before, after string) (words string, replaced bool) {
	was, wasOn := strings.CutPrefix(before, "on, token ")
	is, isOn := strings.CutPrefix(after, "on, token ")
	was, _, _ = strings.Cut(was, ",")
	is, retiring, _ := strings.Cut(is, ", retiring ")
	if !wasOn || !isOn || was == is {
		return "", false
	}
	words = was + " → " + is
	if old, howLong, retires := strings.Cut(retiring, " "); retires && old == was {
		howLong, afterSave := strings.CutSuffix(howLong, " after the save")
		if afterSave { // "for 1h0m0s"
			howLong = strings.TrimPrefix(howLong, "for ") + " more"
			howLong = strings.ReplaceAll(strings.ReplaceAll(howLong, "m0s", "m"), "h0m", "h")
		}
		words += ", old one " + howLong
	}
	return words, true
}

func fieldInWords(field, before, after string) string {
	if words, replaced := NewToken(before, after); replaced && field == "access" {
		return "token: " + words
	}
	before, after = placeOf(field, before), placeOf(field, after)
	switch {
	case before == "":
		return field + ": " + after
	case after == "":
		if _, err := settings.Find(field); err == nil {
			return field + ": " + before + " → not set" // none is a value
		}
		return field + ": " + before + " → none"
	}
	return field + ": " + before + " → " + after
}

func placeOf(field, value string) string {
	if field != "path" {
		return value
	}
	return PlaceInWords(value)
}

// PlaceInWords shows that a path is at a host alone: one who forgot the first slash has to see it.
func PlaceInWords(place string) string {
	host, path, found := strings.Cut(place, "/")
	if !found || host == "" {
		return place
	}
	return fmt.Sprintf("/%s at the host %s", path, host)
}

// FieldsInWords names what is staged of one object; the values are for `diff` to show.
func FieldsInWords(staged panel.Staged) string {
	if staged.Action == "remove" {
		return "remove"
	}
	fields := slices.DeleteFunc(slices.Clone(staged.Fields), func(field string) bool { return staged.Action == "add" && field == "name" })
	if staged.Action == "add" {
		fields = append([]string{"add"}, fields...)
	}
	return strings.Join(fields, ", ")
}
