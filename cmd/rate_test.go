package cmd

import (
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// TestRate reads and writes the flag's value.
func TestRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]api.Rate{
		"100/1m":   {Events: 100, Per: time.Minute},
		"5/1h":     {Events: 5, Per: time.Hour},
		"1/1h30m":  {Events: 1, Per: 90 * time.Minute},
		"7/24h":    {Events: 7, Per: 24 * time.Hour},
		"3/1.5s":   {Events: 3, Per: 1500 * time.Millisecond},
		"10/10m1s": {Events: 10, Per: 601 * time.Second},
		"off":      {},
	} {
		var got rate
		if err := got.Set(text); err != nil || got.Rate != want || got.String() != text {
			t.Errorf("%s: got %v as %s (%v), want %v", text, got.Rate, &got, err, want)
		}
	}
	if got := (&rate{api.Rate{Events: 2, Per: 7 * 24 * time.Hour}}).String(); got != "2/168h" {
		t.Errorf("a week: got %s, want 2/168h", got)
	}
	for _, text := range []string{"", "100", "/1m", "0/1m", "-1/1m", "100/", "100/0s", "100/-1m", "1/x", "99999999999/1m", "1/1m/1m"} {
		if err := new(rate).Set(text); err == nil {
			t.Errorf("%q was taken for a rate", text)
		}
	}
}
