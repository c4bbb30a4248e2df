package local

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

func freshDigest(t *testing.T) tokens.Digest {
	t.Helper()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token.Digest()
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	current, retiring, staged, other := freshDigest(t), freshDigest(t), freshDigest(t), freshDigest(t)
	on := tokens.Access{Current: current}
	both := tokens.Access{Current: current, Retiring: retiring, RetiringUntil: now.Add(time.Minute)}
	ended := both
	ended.RetiringUntil = now
	draft := []drafts.Staged{{Next: &model.Object{Access: tokens.Access{Current: staged}}}}
	for name, test := range map[string]struct {
		access tokens.Access
		staged []drafts.Staged
		digest tokens.Digest
		token  string // "": not live
		reason string
	}{
		"current":           {on, nil, current, "current", "it is the current token"},
		"current of two":    {both, nil, current, "current", "it is the current token"},
		"retiring":          {both, nil, retiring, "retiring", "it is the retiring token, which lives on until 2026-11-23T12:01:00Z"},
		"retired":           {ended, nil, retiring, "", "the grace of the retiring token ended at 2026-11-23T12:00:00Z"},
		"another":           {on, nil, other, "", "no such token of ci"},
		"off":               {tokens.Access{}, nil, current, "", "API access is off"},
		"staged":            {on, draft, staged, "", "it is staged, not live: 'latchkey save' makes it work"},
		"staged, off":       {tokens.Access{}, draft, staged, "", "it is staged, not live: 'latchkey save' makes it work"},
		"another is staged": {on, draft, current, "current", "it is the current token"},
		"removal is staged": {on, []drafts.Staged{{Base: &model.Object{}}}, other, "", "no such token of ci"},
	} {
		shape := verifiedToken(model.Object{Name: "ci", Access: test.access}, test.staged, test.digest, verifying{now: verifiedtime.Known(now)})
		if shape.Live != (test.token != "") || shape.Token != test.token || shape.Reason != test.reason || (shape.Until != nil) != (test.token == "retiring") ||
			shape.Fingerprint != test.digest.Fingerprint() {
			t.Errorf("%s: got %+v, want token %q because %q", name, shape, test.token, test.reason)
		}
	}
}

// TestVerifyWhileTheClockIsBehind: a retiring token is not live then, whenever its grace is to end.
func TestVerifyWhileTheClockIsBehind(t *testing.T) {
	t.Parallel()
	retiring := freshDigest(t)
	access := tokens.Access{Current: freshDigest(t), Retiring: retiring, RetiringUntil: time.Now().Add(time.Hour)}
	shape := verifiedToken(model.Object{Name: "ci", Access: access}, nil, retiring, verifying{})
	if shape.Live || !strings.Contains(shape.Reason, "while the clock is behind") {
		t.Errorf("got %+v", shape)
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	stolen, kept := freshDigest(t), freshDigest(t)
	live := tokens.Access{Current: stolen}
	rotated := tokens.Access{Current: kept}
	graced := tokens.Access{Current: kept, Retiring: stolen, RetiringUntil: now.Add(time.Hour)}
	ended := graced
	ended.RetiringUntil = now
	for name, test := range map[string]struct {
		save       bool
		base, next *model.Object
		off        bool
		err        error
	}{
		"live":                          {true, nil, &model.Object{Access: live}, true, nil},
		"retiring":                      {true, nil, &model.Object{Access: graced}, true, nil},
		"staged":                        {false, nil, &model.Object{Access: live}, true, nil},
		"another token staged":          {false, nil, &model.Object{Access: rotated}, true, nil},
		"off in the draft":              {false, &model.Object{Access: live}, &model.Object{}, true, nil},
		"on since the draft began":      {false, &model.Object{}, &model.Object{}, true, model.ErrConflict},
		"removed in the draft":          {false, &model.Object{Access: live}, nil, true, nil},
		"regenerated since it was seen": {true, nil, &model.Object{Access: rotated}, false, nil},
		"ended since it was seen":       {true, nil, &model.Object{Access: ended}, false, nil},
		"removed since it was seen":     {true, nil, nil, true, nil},
	} {
		found := leaked{panel.Leaked{Digests: map[tokens.Digest]bool{stolen: true}}, verifiedtime.Known(now)}
		target := model.Target{Kind: model.KindUser, Name: "ci", Live: test.base, Next: test.next}
		err := revocation(found, test.save)(&target)
		off := target.Next == nil || !target.Next.Access.Enabled()
		if !errors.Is(err, test.err) || off != test.off {
			t.Errorf("%s: got off %t, %v, want %t, %v", name, off, err, test.off, test.err)
		}
	}
	if behind := (leaked{Leaked: panel.Leaked{Digests: map[tokens.Digest]bool{stolen: true}}}); !behind.isLive(ended) { // nor does the zero time know that it has ended
		t.Error("a retiring token of which it is not known that it has ended does not count as leaked")
	}
}
