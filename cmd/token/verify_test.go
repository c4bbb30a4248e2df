package token

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

func freshText(t *testing.T) string {
	t.Helper()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	current, retiring, staged, other := freshText(t), freshText(t), freshText(t), freshText(t)
	on := tokens.Access{Current: tokens.DigestOf(current)}
	both := tokens.Access{Current: tokens.DigestOf(current), Retiring: tokens.DigestOf(retiring), RetiringUntil: now.Add(time.Minute)}
	ended := both
	ended.RetiringUntil = now
	draft := []drafts.Staged{{Next: &model.Object{Access: tokens.Access{Current: tokens.DigestOf(staged)}}}}
	imported := tokens.Access{Current: tokens.DigestOf("a secret of another shape")}
	for name, test := range map[string]struct {
		access tokens.Access
		staged []drafts.Staged
		text   string
		token  string // "": not live
		reason string
	}{
		"current":             {on, nil, current, "current", "it is the current token"},
		"current of two":      {both, nil, current, "current", "it is the current token"},
		"retiring":            {both, nil, retiring, "retiring", "it is the retiring token, which lives on until 2026-11-23T12:01:00Z"},
		"retired":             {ended, nil, retiring, "", "the grace of the retiring token ended at 2026-11-23T12:00:00Z"},
		"another":             {on, nil, other, "", "no such token of ci"},
		"off":                 {tokens.Access{}, nil, current, "", "API access is off"},
		"staged":              {on, draft, staged, "", "it is staged, not live: 'latchkey save' makes it work"},
		"staged, off":         {tokens.Access{}, draft, staged, "", "it is staged, not live: 'latchkey save' makes it work"},
		"another is staged":   {on, draft, current, "current", "it is the current token"},
		"removal is staged":   {on, []drafts.Staged{{Base: &model.Object{}}}, other, "", "no such token of ci"},
		"cut off":             {on, nil, current[:9], "", "not well formed: it is cut off: 9 characters instead of 39; copy it again, whole"},
		"with a blank":        {on, nil, current + " ", "", "not well formed: character 40 is not a letter or digit; copy it again, whole"},
		"not text":            {on, nil, "\xff\x00", "", "not well formed: it does not begin with lk_; copy it again, whole"},
		"of another shape":    {imported, nil, "a secret of another shape", "current", "it is the current token"},
		"cut off, access off": {tokens.Access{}, nil, "lk_", "", "not well formed: it is cut off: 3 characters instead of 39; copy it again, whole"},
	} {
		shape := verify(model.Object{Name: "ci", Access: test.access}, test.staged, test.text, verifiedtime.Known(now))
		if shape.Live != (test.token != "") || shape.Token != test.token || shape.Reason != test.reason || (shape.Until != nil) != (test.token == "retiring") {
			t.Errorf("%s: got %+v, want token %q because %q", name, shape, test.token, test.reason)
		}
		_, malformed := tokens.Parse(test.text)
		if (shape.Fingerprint == "") != (malformed != nil && !shape.Live) {
			t.Errorf("%s: got fingerprint %q", name, shape.Fingerprint)
		}
		if strings.Contains(shape.Reason, test.text) {
			t.Errorf("%s: the reason shows what was presented", name)
		}
	}
}

// TestVerifyWhileTheClockIsBehind: a retiring token is not live then, whenever its grace is to end.
func TestVerifyWhileTheClockIsBehind(t *testing.T) {
	t.Parallel()
	retiring := freshText(t)
	access := tokens.Access{Current: tokens.DigestOf(freshText(t)), Retiring: tokens.DigestOf(retiring), RetiringUntil: time.Now().Add(time.Hour)}
	shape := verify(model.Object{Name: "ci", Access: access}, nil, retiring, verifiedtime.Time{})
	if shape.Live || !strings.Contains(shape.Reason, "while the clock is behind") {
		t.Errorf("got %+v", shape)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	token := freshText(t)
	typo := token[:38] + "0"
	if typo == token {
		typo = token[:38] + "1"
	}
	for text, want := range map[string]InspectedShape{
		token: {WellFormed: true, Fingerprint: tokens.DigestOf(token).Fingerprint(), Reason: "its shape and checksum are right"},
		typo:  {Reason: "not well formed: mistyped token: its checksum is wrong; copy it again"},
		"lk":  {Reason: "not well formed: it does not begin with lk_; copy it again, whole"},
	} {
		if got := inspect(text); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
