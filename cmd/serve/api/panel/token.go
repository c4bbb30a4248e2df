package panel

import (
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// tokenAccess manages the API access and the token of users.
type tokenAccess struct{ *Panel }

// show tells whether a user has API access, and the fingerprint of the token. The token itself is in the answer that
// it was made with, and in no other.
func (a tokenAccess) show(c *call.Call) (call.Response, error) {
	user, version, err := a.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(wire.AccessOf(user, a.uses(c, user)))
	return tagged(response, err, version)
}

func (a tokenAccess) enable(c *call.Call) (call.Response, error) {
	if err := readForm(c).done(); err != nil {
		return call.Response{}, err
	}
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	return a.issue(c, name, edits.Enable)
}

func (a tokenAccess) regenerate(c *call.Call) (call.Response, error) {
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	return a.regenerateFor(c, name)
}

// regenerateOwn is for users who may do no more than that. Whose token it is needs not be said, and cannot be.
func (a tokenAccess) regenerateOwn(c *call.Call) (call.Response, error) {
	return a.regenerateFor(c, c.Identity.Name)
}

func (a tokenAccess) regenerateFor(c *call.Call, name string) (call.Response, error) {
	body := readForm(c)
	text := body.text("grace")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	var grace time.Duration
	if text != nil {
		var err error
		if grace, err = perms.ParseSpan(*text); err != nil {
			return call.Response{}, failed(err)
		}
	}
	return a.issue(c, name, func(fresh func(string) tokens.Digest, now time.Time) model.Change {
		return edits.Regenerate(fresh, grace, now)
	})
}

func (a tokenAccess) disable(c *call.Call) (call.Response, error) {
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	return a.Panel.edit(c, objectEdit{model.KindUser, name, edits.Disable(), nil})
}

// issue makes a token and answers with it. It is written to the client after it was staged or saved: over a network no
// order can make sure that somebody has read it. Who wants to have it first and let it count then, stages it and saves
// the draft; who got no answer makes another.
func (a tokenAccess) issue(c *call.Call, name string, change func(fresh func(string) tokens.Digest, now time.Time) model.Change) (call.Response, error) {
	token, err := tokens.New(a.Random)
	if err != nil {
		return call.Response{}, err
	}
	fresh := func(string) tokens.Digest { return token.Digest() }
	edited, err := a.commit(c, objectEdit{model.KindUser, name, change(fresh, a.Clock()), nil})
	return editedResponse(wire.EditedToken{Issued: wire.IssuedOf(name, token), Edited: edited}, edited, err)
}
