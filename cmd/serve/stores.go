package serve

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db"
	"latchkey/db/data"
)

// stores are the open database files.
type stores struct {
	users     *db.DB
	panel     *db.DB // the same file, writable; nil: it cannot be
	documents *data.Data
	mark      *clockMark
}

// openStores opens both files. An older user database is brought to this release's schema: serve and 'init --upgrade'
// are the two commands that do.
func (s *server) openStores(ctx context.Context) (*stores, error) {
	mark := new(clockMark)
	options := db.Options{Clock: s.Clock, ClockMark: mark.latest, Watched: true}
	users, err := db.Open(ctx, s.Database, options)
	if errors.Is(err, db.ErrOlder) {
		from, upgradeErr := db.Upgrade(ctx, s.Database)
		if upgradeErr != nil {
			return nil, upgradeErr
		}
		s.info(fmt.Sprintf("database upgraded from schema %d to %d\n", from, db.SchemaVersion()))
		users, err = db.Open(ctx, s.Database, options)
	}
	if err != nil {
		return nil, err
	}
	opened := &stores{users: users, mark: mark}
	opened.panel, err = s.openPanel(ctx, mark) // before the documents: none are made beside a backup
	if err == nil {
		opened.documents, err = data.Open(ctx, data.PathBeside(s.Database), s.Clock)
	}
	if err != nil {
		return nil, errors.Join(err, opened.close())
	}
	opened.documents.MinFree = s.minFree()
	mark.read(ctx, opened.documents, s.Log)
	return opened, nil
}

// openPanel opens the user database for the control panel, which alone may write to it. A server that may not write there
// goes on without: who may do what can still be decided.
func (s *server) openPanel(ctx context.Context, mark *clockMark) (*db.DB, error) {
	panel, err := db.Open(ctx, s.Database, db.Options{Clock: s.Clock, ClockMark: mark.latest, Writable: true, Reserve: true, MinFree: s.minFree()})
	if errors.Is(err, db.ErrUnwritable) {
		s.Log.Warn("database cannot be written, the control panel can only be looked at", "error", err)
		return nil, nil //nolint:nilnil // no panel is a way to serve
	}
	return panel, err
}

func (s *server) minFree() func(size int64) int64 {
	if s.MinFree == nil {
		return data.DefaultMinFree
	}
	return s.MinFree
}

// close closes the files; there are none in a nil *stores.
func (s *stores) close() error {
	if s == nil {
		return nil
	}
	err := s.users.Close()
	if s.documents != nil {
		err = errors.Join(err, s.documents.Close())
	}
	if s.panel != nil {
		err = errors.Join(err, s.panel.Close())
	}
	return err
}
