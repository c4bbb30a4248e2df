package cmd

import "testing"

func TestQuotas(t *testing.T) {
	t.Parallel()
	var q quotas
	for _, text := range []string{"1K", "orders=5K", "a=b=2K", "pages=0"} {
		if err := q.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for name, want := range map[string]int64{"orders": 5 << 10, "a=b": 2 << 10, "pages": 0, "brands": 1 << 10, "": 1 << 10} {
		if got := q.of(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	if got, want := q.String(), "1024 a=b=2048 orders=5120 pages=0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var none quotas
	for _, text := range []string{"", "=1K", "orders=", "orders", "orders=x", "-1", "orders=-1"} {
		if err := none.Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if got := none.String(); got != "" {
		t.Errorf("none given: got %q", got)
	}
}
