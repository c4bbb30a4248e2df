package panel

import (
	"context"
	"net/http"
	"net/url"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// optionsOf reads how an edit is to be made.
func optionsOf(c *call.Call) (panel.EditOptions, error) {
	save, err := boolParameter(c, "save")
	if err != nil {
		return panel.EditOptions{}, err
	}
	options := panel.EditOptions{Draft: draftOf(c), Save: save, Message: c.Query.Get("message"), Confirm: c.Query.Get("confirm"),
		IfMatch: wantedVersions(c.Request.Header), IfNoneMatch: unwantedVersions(c.Request.Header)}
	if options.Message != "" && !save {
		return panel.EditOptions{}, call.BadParameter("message", "needs save=true")
	}
	switch {
	case options.Confirm != "" && !save:
		return panel.EditOptions{}, call.BadParameter("confirm", "needs save=true")
	case c.Query.Has("confirm") && !panel.IsConfirmation(options.Confirm):
		return panel.EditOptions{}, call.BadParameter("confirm", "is no word that an error asks for")
	}
	return options, nil
}

// commit makes an operation in the caller's draft or, with save=true, makes exactly this operation live.
func (p *Panel) commit(c *call.Call, operation panel.Operation) (panel.Edited, error) {
	return p.commitBy(c, func(ctx context.Context, own panel.Panel, options panel.EditOptions) (panel.Edited, error) {
		return own.Edit(ctx, []panel.Operation{operation}, options)
	})
}

// commitBy makes an edit of another kind than operations are.
func (p *Panel) commitBy(c *call.Call, edit func(ctx context.Context, own panel.Panel, options panel.EditOptions) (panel.Edited, error)) (panel.Edited, error) {
	options, err := optionsOf(c)
	if err != nil {
		return panel.Edited{}, err
	}
	work := func(ctx context.Context, own panel.Panel) (panel.Edited, error) { return edit(ctx, own, options) }
	if options.Save {
		return p.save(c, work)
	}
	return write(p, c, work)
}

// save makes a save, if the caller may make one more now. One that changes nothing, or is refused, does not count.
func (p *Panel) save(c *call.Call, save func(ctx context.Context, own panel.Panel) (panel.Edited, error)) (edited panel.Edited, err error) {
	undo, err := p.CountSave(c)
	if err != nil {
		return edited, err
	}
	defer func() {
		if edited.Saved == nil || edited.Saved.Revision == 0 {
			undo()
		}
	}()
	return write(p, c, save)
}

// edit makes an edit and responds: 202 if it is staged, 200 if it is live, or was already.
func (p *Panel) edit(c *call.Call, operation panel.Operation) (call.Response, error) {
	edited, err := p.commit(c, operation)
	return editedResponse(edited, edited, err)
}

// add makes an edit that adds the object of a name and responds: 202 if it is staged, 201 if it is live.
func (p *Panel) add(c *call.Call, name string, operation panel.Operation) (call.Response, error) {
	edited, err := p.commit(c, operation)
	response, err := editedResponse(edited, edited, err)
	if err != nil {
		return call.Response{}, err
	}
	if !edited.Staged {
		response.Status = http.StatusCreated
	}
	response.Header = map[string]string{"Location": c.Route.Resource.Path + "/" + url.PathEscape(name)}
	return response, nil
}

// editedResponse is the response to an edit. The body contains edited, and may contain more.
func editedResponse(body any, edited panel.Edited, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(body)
	if edited.Staged {
		response.Status = http.StatusAccepted
	}
	return response, err
}
