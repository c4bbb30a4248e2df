package documents

import (
	"strings"
	"testing"
	"time"
)

// TestHasMember: at the top level alone, whatever the body has elsewhere.
func TestHasMember(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{}`: false, `{"images":1}`: true, `{"a":1,"images":[]}`: true, `{"images2":1}`: false,
		`{"a":{"images":1}}`: false, `{"a":[{"images":1}],"images":2}`: true, `{"a":[{"images":1},{"images":2}]}`: false,
		`{"a":"\"images\":"}`: false, `{"a":"\\","images":1}`: true, `{"a":"\\\"images\":","b":2}`: false,
		`{"a":"{","images":1}`: true, `{"a":"}]","b":{"images":1}}`: false, `{"\"images":1,"b":1}`: false,
	} {
		if got := hasMember([]byte(body), `"images":`); got != want {
			t.Errorf("%s: got %t, want %t", body, got, want)
		}
	}
}

// TestHasMemberOfManyWithin: the largest body with nothing but the name in it is read once, not from its beginning for each, which
// would take a minute of a processor.
func TestHasMemberOfManyWithin(t *testing.T) {
	t.Parallel()
	body := []byte(`{"a":[` + strings.Repeat(`{"images":0},`, 80_000) + `0]}`)
	began := time.Now()
	if hasMember(body, `"images":`) {
		t.Error("got a member, want none at the top level")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v, want some milliseconds", took)
	}
}
