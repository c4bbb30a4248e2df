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

// show responds with whether a user has API access, and the fingerprint of the token. The token itself is only in the response
// to the request that made it.
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

// regenerateOwn makes a token for the caller, who may have no other permission. It takes no name.
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

// issue makes a token and responds with it, after it was staged or saved: over a network, no order of steps guarantees that
// the client has read it. A client that wants to have the token before it is valid stages it, and saves the draft later. One
// that got no response makes another token.
func (a tokenAccess) issue(c *call.Call, name string, change func(fresh func(string) tokens.Digest, now time.Time) model.Change) (call.Response, error) {
	token, err := tokens.New(a.Random)
	if err != nil {
		return call.Response{}, err
	}
	fresh := func(string) tokens.Digest { return token.Digest() }
	edited, err := a.commit(c, objectEdit{model.KindUser, name, change(fresh, a.Clock()), nil})
	return editedResponse(wire.EditedToken{Issued: wire.IssuedOf(name, token), Edited: edited}, edited, err)
}
