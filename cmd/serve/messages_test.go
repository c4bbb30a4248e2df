package serve

import (
	"context"
	"crypto/tls"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/serve/certificate"
	"latchkey/db"
	"latchkey/db/model"
)

// startSilent runs a server that does not tell its address, and returns once it answers.
func startSilent(t *testing.T, s *server) *running {
	t.Helper()
	err := s.checkListen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := s.listenAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := launchBy(t, s, func(ctx context.Context) error { return s.runOn(ctx, listener) })
	r.url = "https://" + listener.Addr().String()
	secure(t, r.address(), &tls.Config{InsecureSkipVerify: true}) // the CA may not be made yet; a handshake waits for it
	return r
}

func TestQuietServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Quiet = true
	first := startSilent(t, s)
	first.stop(t)
	want := "first start: making " + s.Database + " with the user admin, who may do everything.\n" +
		"Its token is in " + tokenFile(s.Database) + ".\n" +
		"The file is removed when the token is first used: keep a copy of it.\n" +
		"For another token later: latchkey token regenerate admin --save --db " + quote(s.Database) + "\n"
	if got := first.messages.String(); got != want {
		t.Errorf("the first start: got\n%s\nwant\n%s", got, want)
	}

	later := newServer(t)
	later.Database, later.Quiet = s.Database, true
	r := startSilent(t, later)
	r.stop(t)
	if got := r.messages.String(); got != "" {
		t.Errorf("a later start: got %q, want nothing", got)
	}

	mustRemove(t, beside(s.Database, certificate.AuthorityFile))
	replaced := newServer(t)
	replaced.Database, replaced.Quiet = s.Database, true
	r = startSilent(t, replaced)
	r.stop(t)
	if got := r.messages.String(); !strings.HasPrefix(got, "NOTICE: ") || strings.Contains(got, "listening") {
		t.Errorf("with a new CA: got %q, want the notice alone", got)
	}
}

func TestQuietFirstStartAtATerminal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Quiet, s.Terminal = true, true
	r := startSilent(t, s)
	messages := r.messages.String()
	if !tokenShape.MatchString(messages) || strings.Contains(messages, "curl") || strings.Contains(messages, "listening") {
		t.Errorf("got\n%s\nwant the token and no more", messages)
	}
}

// TestMessagesWithoutUsers: where nobody has API access no line can work that asks for a name.
func TestMessagesWithoutUsers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := db.Create(t.Context(), path, db.Options{Clock: time.Now}, model.Operator{Name: "os:test"}, nil); err != nil {
		t.Fatal(err)
	}
	messages := func() string {
		t.Helper()
		s := newServer(t)
		s.Database, s.DefaultPath = path, true
		r := start(t, s)
		defer r.stop(t)
		return r.messages.String()
	}
	want := "nobody can log in yet, since no user has API access. To change that:\n" +
		"  latchkey user add NAME\n  latchkey token enable NAME\n  latchkey save\n"
	if got := messages(); !strings.HasSuffix(got, want) || strings.Contains(got, "curl") {
		t.Errorf("nobody: got\n%s\nwant it to end\n%s", got, want)
	}
	saveEdit(t, path, "ann", func(target *model.Target) error {
		target.Next = &model.Object{Kind: model.KindUser, Name: "ann"}
		return nil
	})
	if got := messages(); !strings.HasSuffix(got, want) {
		t.Errorf("a user without API access: got\n%s\nwant it to end\n%s", got, want)
	}
	addUser(t, path, "ci")
	if got := messages(); !strings.Contains(got, "curl") || strings.Contains(got, "nobody") {
		t.Errorf("a user with API access: got\n%s\nwant a line to try", got)
	}
}

func TestManyUsersAreTakenToHaveOneWhoCanLogIn(t *testing.T) {
	t.Parallel()
	users := make([]model.Object, fewUsers+1)
	for i := range users {
		users[i] = model.Object{Kind: model.KindUser, Name: "user" + string(rune('a'+i))}
	}
	for count, want := range map[int]bool{0: false, fewUsers: false, fewUsers + 1: true} {
		path := filepath.Join(t.TempDir(), "latchkey.db")
		if err := db.Create(t.Context(), path, db.Options{Clock: time.Now}, model.Operator{Name: "os:test"}, users[:count]); err != nil {
			t.Fatal(err)
		}
		database, err := db.Open(t.Context(), path, db.Options{Clock: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer database.Close()
		if got := canLogIn(t.Context(), database); got != want {
			t.Errorf("%d users without access: got %t, want %t", count, got, want)
		}
	}
}
