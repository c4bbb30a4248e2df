package proof

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/tokens"
)

// TestNoAnswerIsStale saves again and again, and after each save asks both servers at once, on connections that have been
// open for long: no request that starts after the save is decided by the state before it (promise 1). Beside it both
// servers are under load, the log is moved into the file, the file is written anew, commands are killed, and restores
// happen. The long form is 10 000 saves.
func TestNoAnswerIsStale(t *testing.T) {
	t.Parallel()
	i := install(t, "user add ci steady other --save")
	steady := i.do(t, "token", "enable", "steady", "--save")
	old := i.do(t, "token", "enable", "ci", "--save")
	i.do(t, "backup", "before.db")
	servers := []*server{i.serve(t), i.serve(t)}
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	for _, s := range servers {
		for range 3 {
			beside.Go(func() { load(ctx, t, s, steady) })
		}
	}
	beside.Go(func() { disturb(ctx, t, i) })
	database, err := db.Open(t.Context(), i.database, db.Options{Clock: time.Now, Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	for number := range amount(60, 10_000) {
		fresh, err := rotate(t.Context(), database)
		if err != nil {
			t.Errorf("save %d: %v", number, err)
			break
		}
		for _, s := range servers {
			s.want(t, old, http.StatusUnauthorized)
			s.want(t, fresh, http.StatusOK)
		}
		old = fresh
		if t.Failed() {
			t.Logf("after save %d", number)
			break
		}
	}
	stop()
	beside.Wait()
	if err := i.examine(t.Context()); err != nil {
		t.Error(err)
	}
}

// rotate saves a new token of ci.
func rotate(ctx context.Context, database *db.DB) (string, error) {
	fresh, err := tokens.New(rand.Reader)
	if err != nil {
		return "", err
	}
	digest := tokens.DigestOf(fresh.Reveal())
	_, err = database.SaveEdit(ctx, db.Edit{
		Kind: model.KindUser, Names: []string{"ci"}, Draft: drafts.Draft{Operator: model.Operator{Name: "os:ann"}},
		Change: edits.Regenerate(edits.Fresh{Digest: digest, Now: time.Now()}, 0),
	}, "")
	return fresh.Reveal(), err
}

// want asks as ci. A refusal of one who has failed often is as good as a 401.
func (s *server) want(t *testing.T, token string, want int) {
	t.Helper()
	got, err := s.get(t.Context(), "ci", token, "/api/v2/time")
	if got == http.StatusTooManyRequests {
		got = http.StatusUnauthorized
	}
	if err != nil || got != want {
		t.Errorf("got %d, %v; want %d", got, err, want)
	}
}

func load(ctx context.Context, t *testing.T, s *server, token string) {
	for ctx.Err() == nil {
		if code, err := s.get(ctx, "steady", token, "/api/v2/time"); ctx.Err() == nil && (err != nil || code != http.StatusOK) {
			t.Errorf("beside the saves: got %d, %v", code, err)
			return
		}
	}
}

// disturb does to the file, one after the other, what else may happen to it.
func disturb(ctx context.Context, t *testing.T, i installation) {
	raw, err := sql.Open("sqlite", "file:"+i.database+"?_pragma=busy_timeout(15000)")
	if err != nil {
		t.Error(err)
		return
	}
	defer raw.Close()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for number := 0; ; number++ {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		switch number % 5 {
		case 0:
			_, err = raw.ExecContext(context.WithoutCancel(ctx), `PRAGMA wal_checkpoint(TRUNCATE)`)
		case 1:
			_, err = raw.ExecContext(context.WithoutCancel(ctx), `VACUUM`)
		case 2, 3:
			killing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(number%15)*time.Millisecond)
			_ = i.command(killing, nil, "user", "edit", "other", "--note", fmt.Sprint(number), "--save").Run()
			cancel()
		case 4:
			_, err = i.try("restore", "before.db", "-y")
		}
		if err != nil {
			t.Errorf("disturbance %d: %v", number%5, err)
			return
		}
	}
}
