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
	documents *data.Data
}

// openStores opens both files. An older user database is brought to this release's schema: serve and 'init --upgrade'
// are the two commands that do.
func (s *server) openStores(ctx context.Context) (*stores, error) {
	options := db.Options{Clock: s.Clock, Watched: true}
	users, err := db.Open(ctx, s.Database, options)
	if errors.Is(err, db.ErrOlder) {
		from, upgradeErr := db.Upgrade(ctx, s.Database)
		if upgradeErr != nil {
			return nil, upgradeErr
		}
		s.note(fmt.Sprintf("database upgraded from schema %d to %d\n", from, db.SchemaVersion()))
		users, err = db.Open(ctx, s.Database, options)
	}
	if err != nil {
		return nil, err
	}
	documents, err := data.Open(ctx, data.PathBeside(s.Database), s.Clock)
	if err != nil {
		return nil, errors.Join(err, users.Close())
	}
	return &stores{users: users, documents: documents}, nil
}

// close closes the files; there are none in a nil *stores.
func (s *stores) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.users.Close(), s.documents.Close())
}
