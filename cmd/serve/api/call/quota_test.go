package call

import (
	"errors"
	"testing"
)

// TestQuota: one user gets no more than a share, and all together no more than the limit, unless it is forced.
func TestQuota(t *testing.T) {
	t.Parallel()
	room := Quota{All: 16, PerUser: 4}
	for step, test := range []struct {
		user     int64
		from, to int
		force    bool
		want     error
	}{
		{1, 0, 4, false, nil},
		{1, 0, 1, false, ErrUserQuota},
		{1, 0, 1, true, nil},
		{1, 1, 0, false, nil},
		{2, 0, 4, false, nil},
		{3, 0, 4, false, nil},
		{4, 0, 3, false, nil},
		{5, 0, 2, false, ErrQuota},
		{5, 0, 1, false, nil},
		{4, 3, 4, false, ErrQuota},
		{1, 4, 3, false, nil},
		{4, 3, 4, false, nil},
		{1, 3, 0, true, nil},
		{2, 4, 0, true, nil},
		{3, 4, 0, true, nil},
		{4, 4, 0, true, nil},
		{5, 1, 0, true, nil},
	} {
		if got := room.Resize(test.user, test.from, test.to, test.force); !errors.Is(got, test.want) {
			t.Errorf("step %d: got %v, want %v", step, got, test.want)
		}
	}
	if room.total != 0 || len(room.users) != 0 {
		t.Errorf("at the end: %d, and of users %v, want none", room.total, room.users)
	}
}
