package api

import (
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
	"latchkey/tokens"
)

// showToken tells whether a user has API access, and the fingerprint of the token. The token itself is in the answer that
// it was made with, and in no other.
func (s *server) showToken(c *call) (answer, error) {
	user, version, err := s.object(c, db.KindUser)
	if err != nil {
		return answer{}, err
	}
	reply, err := jsonAnswer(wire.AccessOf(user, s.uses(c, user)))
	return tagged(reply, err, version)
}

func (s *server) enableToken(c *call) (answer, error) {
	if err := readForm(c).done(); err != nil {
		return answer{}, err
	}
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return s.issue(c, name, edits.Enable)
}

func (s *server) regenerateToken(c *call) (answer, error) {
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return s.regenerate(c, name)
}

// regenerateOwnToken is for users who may do no more than that. Whose token it is needs not be said, and cannot be.
func (s *server) regenerateOwnToken(c *call) (answer, error) { return s.regenerate(c, c.identity.Name) }

func (s *server) regenerate(c *call, name string) (answer, error) {
	body := readForm(c)
	text := body.text("grace")
	if err := body.done(); err != nil {
		return answer{}, err
	}
	var grace time.Duration
	if text != nil {
		var err error
		if grace, err = perms.ParseSpan(*text); err != nil {
			return answer{}, panelError(err)
		}
	}
	return s.issue(c, name, func(fresh func(string) tokens.Digest, now time.Time) db.Change {
		return edits.Regenerate(fresh, grace, now)
	})
}

func (s *server) disableToken(c *call) (answer, error) {
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return s.edit(c, panelEdit{db.KindUser, name, edits.Disable(), nil})
}

// issue makes a token and answers with it. It is written to the client after it was staged or saved: over a network no
// order can make sure that somebody has read it. Who wants to have it first and let it count then, stages it and saves
// the draft; who got no answer makes another.
func (s *server) issue(c *call, name string, change func(fresh func(string) tokens.Digest, now time.Time) db.Change) (answer, error) {
	token, err := tokens.New(s.Random)
	if err != nil {
		return answer{}, err
	}
	fresh := func(string) tokens.Digest { return token.Digest() }
	edited, err := s.commit(c, panelEdit{db.KindUser, name, change(fresh, s.Clock()), nil})
	return editedAnswer(wire.EditedToken{Issued: wire.IssuedOf(name, token), Edited: edited}, edited, err)
}
