package local

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/panel"
	"latchkey/db/data"
)

// TestImportedDocuments: what is to be imported is read with its id, and refused with its place.
func TestImportedDocuments(t *testing.T) {
	t.Parallel()
	without := func(fields data.Fields) { delete(fields, "product_id") }
	for text, want := range map[string]string{
		`{"a":1,"product_id":3}`:                        `0 {"a":1}`,
		`{"b":1,"a":2}`:                                 `0 {"a":2,"b":1}`,
		`{"id":7,"date_created":"x","date_modified":1}`: `7 {}`,
		`[1]`:                           "the document must be one object",
		`null`:                          "the document must be one object",
		`{"a":1,"a":2}`:                 `the document names "a" twice`,
		`{"a":`:                         "the document is not valid JSON",
		"{\"a\":\"\xff\"}":              "the document is not valid UTF-8",
		`{"id":"7"}`:                    `the id "7" is no whole number`,
		`{"id":0}`:                      "the id 0 is no whole number",
		`{"id":1.5}`:                    "the id 1.5 is no whole number",
		nested(data.MaxDepth):           "the document is nested",
		strings.Repeat(" ", 10) + large: "document is too large",
	} {
		documents := []panel.Document{{Fields: []byte("{}")}, {Fields: []byte(text)}}
		drafts, err := draftsOf(withoutErrors(documents), without)
		if err == nil {
			if got := fmt.Sprintf("%d %s", drafts[1].ID, drafts[1].Body); got != want {
				t.Errorf("%.60s: got %s, want %s", text, got, want)
			}
			continue
		}
		refused := (*panel.DocumentError)(nil)
		if !errors.As(err, &refused) || refused.Index != 1 || !errors.Is(err, panel.ErrContent) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
	failed := errors.New("the file cannot be read")
	if drafts, err := draftsOf(func(yield func(panel.Document, error) bool) { yield(panel.Document{}, failed) }, without); !errors.Is(err, failed) || drafts != nil {
		t.Errorf("got %v, %v", drafts, err)
	}
}

var large = `{"a":"` + strings.Repeat("x", data.MaxBody) + `"}`

func nested(depth int) string {
	return `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
}

func withoutErrors(documents []panel.Document) func(yield func(panel.Document, error) bool) {
	return func(yield func(panel.Document, error) bool) {
		slices.Values(documents)(func(document panel.Document) bool { return yield(document, nil) })
	}
}
