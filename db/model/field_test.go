package model_test

import (
	"testing"
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

func TestRecordedEnd(t *testing.T) {
	t.Parallel()
	early := time.Date(2099, 6, 30, 0, 0, 0, 0, time.UTC)
	late := early.Add(time.Hour)
	current, retiring := tokens.Digest{1}, tokens.Digest{2}
	for name, test := range map[string]struct {
		access tokens.Access
		want   time.Time
	}{
		"off":                     {tokens.Access{}, time.Time{}},
		"no end":                  {tokens.Access{Current: current}, time.Time{}},
		"an end":                  {tokens.Access{Current: current, Term: tokens.Term{ExpiresAt: early}}, early},
		"an end by default":       {tokens.Access{Current: current, Term: tokens.Term{ExpiresAt: early, ByDefault: true}}, early},
		"retiring beside no end":  {tokens.Access{Current: current, Retiring: retiring, RetiringUntil: late}, time.Time{}},
		"retiring after the end":  {tokens.Access{Current: current, Term: tokens.Term{ExpiresAt: early}, Retiring: retiring, RetiringUntil: late}, late},
		"retiring before the end": {tokens.Access{Current: current, Term: tokens.Term{ExpiresAt: late, ByDefault: true}, Retiring: retiring, RetiringUntil: early}, late},
	} {
		if got := model.RecordedEnd(model.AccessInWords(test.access)); !got.Equal(test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
