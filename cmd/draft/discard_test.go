package draft

import "testing"

func TestOperatorName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"os:ann": "os:ann", "os:Ann B": "os:Ann B", "user:alice": "user:alice", "user:Alice": "user:alice",
		"": "", "ann": "", "os:": "", "user:": "", "user:a b": "", "role:x": "", "OS:ann": "",
	} {
		var operator operatorName
		err := operator.Set(text)
		if (err == nil) != (want != "") || err == nil && operator.String() != want {
			t.Errorf("%q: got %q, %v, want %q", text, operator, err, want)
		}
	}
}
