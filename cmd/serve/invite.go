package serve

import (
	"context"
	"slices"

	"latchkey/db"
	"latchkey/db/model"
)

// fewUsers is how many users are looked at for one who can log in.
const fewUsers = 20

// invite is the end of the story: a line by which to try the server, or what to do before there can be one.
func (s *server) invite(ctx context.Context, ready *prepared) string {
	switch {
	case ready.site.shown:
		return ""
	case ready.first.pending.Load():
		return "try it (this uses the file up: keep a copy of the token first):\n  " +
			ready.site.curl(`"`+firstUser+`:$(cat `+quote(ready.first.path)+`)"`) + "\n"
	case !canLogIn(ctx, ready.stores.users):
		return "nobody can log in yet, since no user has API access. To change that:\n" +
			"  " + s.command("user add NAME") + "\n" +
			"  " + s.command("token enable NAME") + "\n" +
			"  " + s.command("save") + "\n"
	}
	return "try it:\n  " + ready.site.curl("NAME") + "\n"
}

// canLogIn tells whether a user has API access. Of many users somebody is taken to have it, as is one who cannot be
// read: for a line of the story neither a long look nor a refusal to start is worth it.
func canLogIn(ctx context.Context, users *db.DB) bool {
	names, err := users.NamesWithPrefix(ctx, model.KindUser, "", fewUsers+1)
	return err != nil || len(names) > fewUsers || slices.ContainsFunc(names, func(name string) bool {
		user, err := users.User(ctx, name)
		return err != nil || user.Access.Enabled()
	})
}
