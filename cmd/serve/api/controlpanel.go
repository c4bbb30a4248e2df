package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	operations "latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/panel"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/snapshot"
	"latchkey/perms"
)

// panelPatience is the usual value of [Config].PanelPatience. Saves take milliseconds.
const panelPatience = 10 * time.Second

// usePanel does some work with the control panel of the caller: see [panel.Use].
func (s *server) usePanel(c *call.Call, toEdit bool, work func(ctx context.Context, own operations.Panel) error) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.PanelPatience)
	defer cancel()
	if !toEdit {
		return work(ctx, s.panelOn(s.Users, c))
	}
	if s.Panel == nil {
		return panel.Failed(operations.ErrReadOnly)
	}
	err := s.edit(ctx, c, work)
	switch {
	case errors.Is(err, db.ErrUnwritable):
		return panel.Failed(fmt.Errorf("%w: %w", err, operations.ErrReadOnly))
	case errors.Is(err, db.ErrLittleLeft):
		return panel.Failed(fmt.Errorf("%w: %w", err, operations.ErrLittleLeft))
	}
	return err
}

// edit does some work on the only connection of this server that can write the user database. The file is checked before
// and after: if it was moved meanwhile, it is not the one that servers and commands use, and the change has no effect. The
// request is decided on again in the transaction of the change, during which nobody else can save (H11).
func (s *server) edit(ctx context.Context, c *call.Call, work func(ctx context.Context, own operations.Panel) error) error {
	if err := s.Panel.Check(ctx); err != nil {
		return panel.Failed(err)
	}
	var denied error
	guarded := s.Panel.Guarded(func(ctx context.Context) error {
		denied = c.DecideAgain(ctx)
		return denied
	})
	err := work(ctx, s.panelOn(guarded, c))
	if denied != nil { // in the words of the pipeline
		return denied
	}
	if err != nil {
		return err
	}
	return panel.Failed(s.Panel.Check(context.WithoutCancel(ctx)))
}

// panelOn is the control panel of the caller on a database.
func (s *server) panelOn(database *db.DB, c *call.Call) operations.Panel {
	return local.New(local.Config{Database: database, Operator: snapshot.ByAPI(c.Identity, c.Token), Clock: s.Clock,
		MayView: func(_ context.Context, permission perms.Permission) error {
			// The route was authorized. Only a revision that a parameter names takes more.
			if c.Query.Has("revision") && permission.Resource == "revisions" {
				return c.Require(permission)
			}
			return nil
		},
		LastUsed: func(ctx context.Context, user int64) []data.TokenUse {
			uses, err := s.Data.LastUsed(ctx, user)
			if err != nil {
				s.Log.Warn("when tokens were last used is not known", "request_id", c.ID, "error", err)
			}
			return uses
		}})
}
