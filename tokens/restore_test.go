package tokens

import (
	"testing"
	"time"

	"latchkey/perms/verifiedtime"
)

// TestRestore: whatever a backup has, no token works afterwards that did not work before.
func TestRestore(t *testing.T) {
	t.Parallel()
	off := Access{}
	before := Access{Current: old, IssuedAt: noon}
	now := Access{Current: next, IssuedAt: noon.Add(time.Hour)}
	retiring := Access{Current: next, IssuedAt: noon, Retiring: old, RetiringUntil: noon.Add(time.Hour)}
	for name, test := range map[string]struct {
		live, backup, want Access
		revoked            bool
	}{
		"the same token":              {before, before, before, false},
		"replaced since":              {now, before, now, true},
		"retiring since":              {retiring, before, retiring, false},
		"enabled since":               {before, off, Access{Ended: true}, false},
		"disabled since":              {off, before, off, true},
		"off, and was off":            {off, off, off, false},
		"a retiring token is no gain": {before, retiring, before, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, revoked := Restore(test.live, test.backup)
			if got != test.want || revoked != test.revoked {
				t.Errorf("got %+v, %v; want %+v, %v", got, revoked, test.want, test.revoked)
			}
			for _, token := range []Digest{old, next, gone} {
				if got.Accepts(token, verifiedtime.Known(noon), Limits{}) && !test.live.Accepts(token, verifiedtime.Known(noon), Limits{}) {
					t.Errorf("%v works again", token)
				}
			}
		})
	}
}

// TestRevokes: only what takes the current token from who has it.
func TestRevokes(t *testing.T) {
	t.Parallel()
	on := Access{Current: old, IssuedAt: noon}
	for name, test := range map[string]struct {
		before, after Access
		want          bool
	}{
		"the same":        {on, on, false},
		"replaced":        {on, Access{Current: next}, true},
		"with a grace":    {on, Access{Current: next, Retiring: old, Grace: time.Hour}, true},
		"disabled":        {on, Access{Ended: true}, true},
		"enabled":         {Access{}, on, false},
		"off before, too": {Access{}, Access{}, false},
	} {
		if got := Revokes(test.before, test.after); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
