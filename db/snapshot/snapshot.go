package snapshot

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// Snapshot is all that authenticating needs, in memory: one state of the database after the other, each whole. No state
// is used but by a request that has proved it fresh (docs/decisions/0013-snapshot.md). It is safe for concurrent use.
type Snapshot struct {
	current atomic.Pointer[state] // never nil
	Mark    func() (engine.Mark, error)

	// Who has the turn brings the state up to date, and owns what follows.
	turn   chan struct{}
	Rounds atomic.Int64 // that have begun; only who has the turn begins one
	failed error        // what the last round came to
	reader engine.Reader
	loader *loader
}

// state is what the database said at one moment. It never changes.
type state struct {
	mark engine.Mark // taken before the state was read; zero: it could not be told
	*content
}

var errInterrupted = errors.New("reading the users was interrupted")

// NewSnapshot reads the users of a watched database.
func NewSnapshot(ctx context.Context, stored engine.Engine) (*Snapshot, error) {
	s := &Snapshot{Mark: stored.Mark, turn: make(chan struct{}, 1), reader: stored.NewReader(), loader: newLoader(stored)}
	s.current.Store(&state{content: new(content)})
	if _, err := s.advance(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close waits for a round that runs. No state is used afterwards.
func (s *Snapshot) Close() error {
	if s == nil {
		return nil
	}
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.reader.Close()
}

// Credentials are what a request has shown.
type Credentials struct {
	ByToken bool   // the token alone says who it is, as by Bearer
	Name    string // canonical; must be the user's unless ByToken
	Token   tokens.Digest
}

// Authenticate is [db.DB.Authenticate] of a canonical name, or [db.DB.AuthenticateToken]. The work is the same whatever the
// cause of a refusal (T3): one look-up by the token, which always finds an entry, and one comparison with it. Only who is
// accepted is looked at further. The clock is held against the last save of the state and against a mark.
func (s *Snapshot) Authenticate(ctx context.Context, shown Credentials, clock time.Time, clockMark verifiedtime.Mark) (Identity, error) {
	state, err := s.fresh(ctx)
	if err != nil {
		return Identity{}, err
	}
	now := verifiedtime.Verify(clock, verifiedtime.Proof{SavedAt: state.last.savedAt, Reset: state.last.reset, Mark: clockMark})
	found := state.users.find(shown.Token)
	if !found.token.Accepts(shown.Token, now, state.limits) || found.name != shown.Name && !shown.ByToken {
		return Identity{}, model.ErrUnauthenticated
	}
	if err := state.sound(found); err != nil {
		return Identity{}, err
	}
	return Identity{UserID: found.id, Name: found.name, Retiring: found.token.Retiring, Now: now, Catalogue: state.catalogue,
		Granted: found.granted, roles: state.roles}, nil
}

// Catalogue is the live catalogue, proved fresh as in Authenticate. It is the same pointer until a save changes a resource.
func (s *Snapshot) Catalogue(ctx context.Context) (*perms.Catalogue, error) {
	state, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return state.catalogue, state.unserved
}

// fresh returns a state that is at least as new as every commit which ended before the call.
//
// It is the current one where that was read in a transaction which began after the same mark was taken that is taken
// now: nothing has been committed in between. Requests that prove this wait for nobody.
func (s *Snapshot) fresh(ctx context.Context) (*state, error) {
	mark, err := s.Mark()
	if err != nil {
		return nil, err
	}
	if current := s.current.Load(); current.proved(mark) {
		return current, nil
	}
	return s.renew(ctx, mark)
}

func (s *state) proved(mark engine.Mark) bool {
	return s.mark == mark && mark != (engine.Mark{})
}

// renew brings the state up to date, one request at a time. Those that wait meanwhile are served by the first round that
// begins after they had come: what it reads is new enough for all of them. A round that had begun before may have read
// too early, and serves them only where its mark is the one that they have taken themselves.
func (s *Snapshot) renew(ctx context.Context, mark engine.Mark) (*state, error) {
	before := s.Rounds.Load()
	if !s.takeTurn(ctx) {
		return nil, ctx.Err()
	}
	defer func() { <-s.turn }()
	if current := s.current.Load(); current.proved(mark) {
		return current, nil
	}
	if s.Rounds.Load() > before {
		return s.current.Load(), s.failed
	}
	s.Rounds.Add(1)
	s.failed = errInterrupted // unless the round ends
	var next *state
	next, s.failed = s.advance(context.WithoutCancel(ctx)) // others wait for it: it does not end with this request
	return next, s.failed
}

// turnPatience is longer than a round mostly takes.
const turnPatience = 20 * time.Millisecond

// takeTurn waits for the turn; false if the context ended before. Only who waits for long pays for being told that the client
// has gone away, for which the connection has to be watched.
func (s *Snapshot) takeTurn(ctx context.Context) bool {
	select {
	case s.turn <- struct{}{}:
		return true
	default:
	}
	patience := time.NewTimer(turnPatience)
	defer patience.Stop()
	select {
	case s.turn <- struct{}{}:
		return true
	case <-patience.C:
	}
	select {
	case s.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// advance reads what is newer than the current state. The mark must be taken before the transaction begins: a commit
// between the two is then read and not marked, and read again by the next request, where the other order would mark what
// was not read.
func (s *Snapshot) advance(ctx context.Context) (*state, error) {
	mark, err := s.Mark()
	if err != nil {
		return nil, err
	}
	next := s.current.Load().content
	err = s.reader.Read(ctx, func(tx engine.ReadTx) (err error) {
		next, err = s.loader.after(ctx, tx, next)
		return err
	})
	if err != nil {
		return nil, err
	}
	fresh := &state{mark: mark, content: next}
	s.current.Store(fresh)
	return fresh, nil
}
