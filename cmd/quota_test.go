package cmd

import (
	"errors"
	"testing"

	"latchkey/cmd/internal/app"
)

func TestQuotas(t *testing.T) {
	t.Parallel()
	q, err := readQuotas("--quota", []string{"1K", "orders=5K", "a=b=2K", "pages=0"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"orders": 5 << 10, "a=b": 2 << 10, "pages": 0, "brands": 1 << 10, "": 1 << 10} {
		if got := q.of(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	for _, text := range []string{"", "=1K", "orders=", "orders", "orders=x", "-1", "orders=-1"} {
		if _, err := readQuotas("--quota", []string{text}); !errors.Is(err, app.ErrWrongUse) {
			t.Errorf("%q: got %v, want wrong use", text, err)
		}
	}
	users, err := readUserQuotas("--quota", []string{"Ann=1K"})
	if err != nil || users.of("ann") != 1<<10 || users.of("bob") != 0 {
		t.Errorf("got %+v, %v", users, err)
	}
	if _, err := readUserQuotas("--quota", []string{"a:b=1K"}); !errors.Is(err, app.ErrWrongUse) {
		t.Errorf("a name that is none: got %v, want wrong use", err)
	}
}
