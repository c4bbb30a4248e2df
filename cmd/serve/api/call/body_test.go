package call_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"latchkey/cmd/serve/api/call"
)

// FuzzParseObject compares with what encoding/json understands, and counts nesting and names in another way.
func FuzzParseObject(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"a":1}`, `{"a":{"b":[1,"x",null,true]}}`, `{"a":1,"a":2}`, `{"a":[{"b":1},{"b":2}]}`, `[]`, `null`, `{"a":1} x`,
		`{"a":"\ud800"}`, `{"a":1e999}`, "{\"\xff\":1}", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := call.ParseObject(body)
		var understood map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		plain := decoder.Decode(&understood)
		if err != nil {
			var refused *call.Error
			if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
				t.Errorf("%q: refused with %v", body, err)
			}
			return
		}
		if plain != nil || len(understood) != len(fields) {
			t.Fatalf("%q: took %d fields, encoding/json %d (%v)", body, len(fields), len(understood), plain)
		}
		if depth := depthOf(understood); depth > call.MaxDepth {
			t.Errorf("%q: took %d levels", body, depth)
		}
		if names, kept := colons(body), membersOf(understood); names != kept {
			t.Errorf("%q: has %d members, of which %d have a name of their own", body, names, kept)
		}
	})
}

func depthOf(value any) int {
	deepest := 0
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			deepest = max(deepest, depthOf(member))
		}
	case []any:
		for _, element := range value {
			deepest = max(deepest, depthOf(element))
		}
	default:
		return 0
	}
	return deepest + 1
}

func membersOf(value any) int {
	count := 0
	switch value := value.(type) {
	case map[string]any:
		count = len(value)
		for _, member := range value {
			count += membersOf(member)
		}
	case []any:
		for _, element := range value {
			count += membersOf(element)
		}
	}
	return count
}

// colons counts those outside of strings: each belongs to one member.
func colons(body []byte) int {
	count, inside := 0, false
	for i := 0; i < len(body); i++ {
		switch {
		case inside && body[i] == '\\':
			i++
		case body[i] == '"':
			inside = !inside
		case !inside && body[i] == ':':
			count++
		}
	}
	return count
}
