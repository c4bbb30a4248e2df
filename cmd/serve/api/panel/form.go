package panel

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// maxTexts is how many strings a list in a body may have. Each may be compared with everything that is staged.
const maxTexts = 1000

// form is the body of an edit. Its fields are taken one by one. Those that are left at the end are unknown, which is an error:
// a change must not be left out silently because its field is mistyped.
type form struct {
	fields  data.Fields
	missing string // a required field that is not there; "": none
	err     error  // the first one
}

// readForm reads a body; an empty one is an empty form.
func readForm(c *call.Call) *form { return readFormOf(c, call.MaxEdit) }

// readListForm reads a body that may hold a list.
func readListForm(c *call.Call) *form { return readFormOf(c, call.MaxDocument) }

func readFormOf(c *call.Call, limit int) *form {
	fields, err := c.ReadFields(limit)
	return &form{fields: fields, err: err}
}

// text takes a field with a string; nil: it is not there, or null.
func (f *form) text(name string) *string {
	var text *string
	f.take(name, "a string", func(value []byte) error { return json.Unmarshal(value, &text) })
	return text
}

// texts takes a field with a list of strings, or one string.
func (f *form) texts(name string) []string {
	var list []string
	f.take(name, "a list of strings", func(value []byte) error {
		if len(value) > 0 && value[0] == '[' {
			return json.Unmarshal(value, &list)
		}
		var one *string
		err := json.Unmarshal(value, &one)
		if one != nil {
			list = []string{*one}
		}
		return err
	})
	if len(list) > maxTexts && f.err == nil {
		f.err = badField(name, fmt.Sprintf("it has %d strings, which is more than %d", len(list), maxTexts))
	}
	return list
}

// flag takes a field that is true or false; false where it is not there.
func (f *form) flag(name string) (set bool) {
	f.take(name, "true or false", func(value []byte) error { return json.Unmarshal(value, &set) })
	return set
}

// number takes a required field with a whole number.
func (f *form) number(name string) (number int64) {
	if _, given := f.fields[name]; !given {
		f.missing = name
	}
	f.take(name, "a whole number", func(value []byte) error { return json.Unmarshal(value, &number) })
	return number
}

// confirmation takes a field with a confirmation: true, or the word that an error asked for, which stands for both.
func (f *form) confirmation(name string) (confirmed bool, word string) {
	f.take(name, "true, false or the word that an error asked for", func(value []byte) error {
		if json.Unmarshal(value, &confirmed) == nil {
			return nil
		}
		confirmed = true
		if err := json.Unmarshal(value, &word); err != nil || !panel.IsConfirmation(word) {
			return errNoConfirmation
		}
		return nil
	})
	return confirmed, word
}

var errNoConfirmation = errors.New("no confirmation")

// truth takes a field that is true or false; nil: it is not given.
func (f *form) truth(name string) (set *bool) {
	f.take(name, "true or false", func(value []byte) error { return json.Unmarshal(value, &set) })
	return set
}

func (f *form) take(name, kind string, read func(value []byte) error) {
	value, given := f.fields[name]
	delete(f.fields, name)
	if given && f.err == nil && read(value) != nil {
		f.err = badField(name, "it is not "+kind)
	}
}

// required takes a field with a string. It is an error if it is not there.
func (f *form) required(name string) string {
	text := f.text(name)
	if text == nil {
		f.missing = name
	}
	return orEmpty(text)
}

// done returns the error of the body. An unknown field comes before a missing one: probably the name of that was mistyped.
func (f *form) done() error {
	switch {
	case f.err != nil:
		return f.err
	case len(f.fields) > 0:
		return badField(slices.Sorted(maps.Keys(f.fields))[0], "it is not known here")
	case f.missing != "":
		return badField(f.missing, "it is required")
	}
	return nil
}

// orEmpty is the text, or "" for nil.
func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func badField(name, reason string) *call.Error {
	return &call.Error{Status: http.StatusBadRequest, Message: fmt.Sprintf("The field '%s' is invalid: %s.", name, reason),
		Details: map[string]string{"field": name, "reason": reason}}
}
