package panel

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/tokens"
)

// tokenAccess manages the API access and the token of users.
type tokenAccess struct{ *Panel }

// show responds with whether a user has API access, and the fingerprint of the token. The token itself is only in the response
// to the request that made it.
func (a tokenAccess) show(c *call.Call) (call.Response, error) {
	user, err := named(a.Panel, c, panel.Panel.TokensNamed)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(user.Access)
	return tagged(c, response, err, user.Version)
}

func (a tokenAccess) enable(c *call.Call) (call.Response, error) {
	body := readForm(c)
	expires := body.text("expires")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	expiry, err := a.expiry(expires)
	if err != nil {
		return call.Response{}, err
	}
	return a.issue(c, c.Route.Name, func(fresh tokens.Digest) panel.Operation {
		return panel.EnableToken{User: c.Route.Name, Digest: fresh, Expiry: expiry}
	})
}

func (a tokenAccess) regenerate(c *call.Call) (call.Response, error) {
	return a.regenerateFor(c, c.Route.Name)
}

// regenerateOwn makes a token for the caller, who may have no other permission. It takes no name.
func (a tokenAccess) regenerateOwn(c *call.Call) (call.Response, error) {
	return a.regenerateFor(c, c.Identity.Name)
}

func (a tokenAccess) regenerateFor(c *call.Call, name string) (call.Response, error) {
	body := readForm(c)
	text, expires := body.text("grace"), body.text("expires")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	var grace time.Duration
	if text != nil {
		var err error
		if grace, err = perms.ParseSpan(*text); err != nil {
			return call.Response{}, Failed(err)
		}
	}
	expiry, err := a.expiry(expires)
	if err != nil {
		return call.Response{}, err
	}
	return a.issue(c, name, func(fresh tokens.Digest) panel.Operation {
		return panel.RegenerateToken{User: name, Digest: fresh, Grace: grace, Expiry: expiry}
	})
}

// expiry reads when a token is to end; nil: nothing is said.
func (a tokenAccess) expiry(text *string) (tokens.Expiry, error) {
	if text == nil {
		return tokens.Expiry{}, nil
	}
	expiry, err := panel.ParseExpiry(*text, a.Clock())
	return expiry, Failed(err)
}

func (a tokenAccess) suspend(c *call.Call) (call.Response, error) {
	if err := readForm(c).done(); err != nil {
		return call.Response{}, err
	}
	return a.Panel.edit(c, panel.SuspendToken{User: c.Route.Name})
}

func (a tokenAccess) resume(c *call.Call) (call.Response, error) {
	return a.Panel.edit(c, panel.ResumeToken{User: c.Route.Name})
}

func (a tokenAccess) disable(c *call.Call) (call.Response, error) {
	return a.Panel.edit(c, panel.DisableToken{User: c.Route.Name})
}

// issue makes a token and responds with it, after it was staged or saved: over a network, no order of steps guarantees that
// the client has read it. A client that wants to have the token before it is valid stages it, and saves the draft later. One
// that got no response makes another token.
func (a tokenAccess) issue(c *call.Call, name string, operation func(fresh tokens.Digest) panel.Operation) (call.Response, error) {
	token, err := tokens.New(a.Random)
	if err != nil {
		return call.Response{}, err
	}
	edited, err := a.commit(c, operation(token.Digest()))
	issued := panel.Issued{Name: canonical(name), Token: token.Reveal(), Fingerprint: token.Digest().Fingerprint()}
	return editedResponse(panel.EditedToken{Issued: issued, Edited: edited}, edited, err)
}
