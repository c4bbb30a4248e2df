package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"latchkey/cmd/internal/private"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// firstUser is the one user of a database made at the first start.
const firstUser = "admin"

// isMissing reports whether there is no file at the path. Whether a file there is a database is for package db to judge.
func isMissing(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the database: %w", err)
	}
	return false, nil
}

// firstStart makes the database with its one user. The token is delivered first: a database whose only token nobody
// has seen would be of no use, a token without a database does no harm.
func (s *server) firstStart(ctx context.Context, at *site) (*stores, error) {
	token, err := tokens.New(s.Random)
	if err != nil {
		return nil, err
	}
	access, err := tokens.Enable(tokens.Access{}, token.Digest(), s.Clock())
	if err != nil {
		return nil, err
	}
	if err := s.deliver(token, at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDelivery, err)
	}
	everything := perms.Rule{Effect: perms.Allow, Pattern: perms.Pattern{Resource: "*", Action: "*"}}
	user := model.Object{Kind: model.KindUser, Name: firstUser, Note: "made at the first start", Access: access, Rules: perms.Rules{}.With(everything)}
	if err := db.Create(ctx, s.Database, db.Options{Clock: s.Clock}, s.Operator, append(slices.Clone(s.Seed), user)); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (the token just made will never work)", err), s.takeBack())
	}
	return s.openStores(ctx)
}

// deliver shows the token to the person at the terminal, or puts it into a file and shows the path alone, so that no
// log holds a secret.
func (s *server) deliver(token tokens.Token, at *site) error {
	made := fmt.Sprintf("first start: making %s with the user %s, who may do everything.\n", s.Database, firstUser)
	another := "For another token later: " + s.command("token regenerate "+firstUser+" --save") + "\n"
	if s.Terminal {
		at.shown = true
		text := made + "Its token, of which only a digest is stored, so keep a copy:\n  " + token.Reveal() + "\n" + another
		if !s.Quiet {
			text += "try it, with the token as the password:\n  " + at.curl(firstUser, "") + "\n"
		}
		_, err := io.WriteString(s.Messages, text)
		return err
	}
	// An earlier file can only be left over from a first start that did not get to the database.
	if err := private.Write(tokenFile(s.Database), []byte(token.Reveal()+"\n"), private.Secret); err != nil {
		return err
	}
	s.print(made + "Its token is in " + tokenFile(s.Database) + ".\n" +
		"The file is removed when the token is first used: keep a copy of it.\n" + another)
	return nil
}

// tokenFile holds the first token of a first start without a terminal, until its first use. It is named after the
// database: others may stand in the directory, and have theirs.
func tokenFile(database string) string {
	return strings.TrimSuffix(database, ".db") + "-" + firstUser + "-token"
}

// takeBack removes the token's file unless there is a database after all that it could belong to.
func (s *server) takeBack() error {
	missing, err := isMissing(s.Database)
	if err != nil || !missing || s.Terminal {
		return err
	}
	return os.Remove(tokenFile(s.Database))
}
