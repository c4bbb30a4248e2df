package serve

import (
	"context"
	"slices"

	"latchkey/db"
	"latchkey/db/model"
)

// fewUsers is how many users are looked at for one who can log in.
const fewUsers = 20

// startupHint ends the messages of a start: a command to try the server with, or what to do before one can work.
func (s *server) startupHint(ctx context.Context, ready *prepared) string {
	switch {
	case ready.site.shown:
		return ""
	case ready.first.pending.Load():
		return "try it (this uses the file up: keep a copy of the token first):\n  " +
			ready.site.curl(firstUser, ready.first.path) + "\n"
	case !canLogIn(ctx, ready.stores.users):
		return "nobody can log in yet, since no user has API access. To change that:\n" +
			"  " + s.command("user add NAME") + "\n" +
			"  " + s.command("token enable NAME") + "\n" +
			"  " + s.command("save") + "\n"
	}
	return "try it:\n  " + ready.site.curl("NAME", "") + "\n"
}

// canLogIn reports whether a user has API access. Where there are many users, or they cannot be read, it says yes without
// looking: a hint is not worth a slow start, or none.
func canLogIn(ctx context.Context, users *db.DB) bool {
	names, err := users.Names().Live(ctx, model.KindUser, "", fewUsers+1)
	return err != nil || len(names) > fewUsers || slices.ContainsFunc(names, func(name string) bool {
		user, err := users.User(ctx, name)
		return err != nil || user.Access.Enabled()
	})
}
