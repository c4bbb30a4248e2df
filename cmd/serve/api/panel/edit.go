package panel

import (
	"context"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/history"
	"latchkey/db/model"
)

// objectEdit is the change of one object.
type objectEdit struct {
	kind     model.Kind
	name     string
	change   model.Change
	warnings *[]string // filled by the change; may be nil
}

// commit stages an edit in the caller's draft or, with save=true, stages and saves exactly this edit. adjust may ask for more
// of it.
func (p *Panel) commit(c *call.Call, edit objectEdit, adjust ...func(edit *db.Edit)) (wire.Edited, error) {
	save, message, err := saving(c)
	if err != nil {
		return wire.Edited{}, err
	}
	draft, err := draftOf(c)
	if err != nil {
		return wire.Edited{}, err
	}
	asked := db.Edit{Kind: edit.kind, Draft: draft, Names: []string{edit.name}, Change: ifMatch(c.Request.Header, edit.change)}
	for _, more := range adjust {
		more(&asked)
	}
	var edited wire.Edited
	if save {
		var revision history.Revision
		revision, err = p.save(c, func(ctx context.Context, panel *db.DB) (history.Revision, error) {
			return panel.SaveEdit(ctx, asked, message)
		})
		edited = wire.EditedBySave(revision)
	} else {
		err = p.write(c, func(ctx context.Context, panel *db.DB) error {
			changes, err := panel.Stage(ctx, asked)
			edited = wire.EditedInDraft(changes)
			return err
		})
	}
	if edit.warnings != nil {
		edited.Warnings = append(edited.Warnings, *edit.warnings...)
	}
	return edited, err
}

// save makes a save, if the caller may make one more now. One that changes nothing, or is refused, does not count.
func (p *Panel) save(c *call.Call, save func(ctx context.Context, panel *db.DB) (history.Revision, error)) (revision history.Revision, err error) {
	undo, err := p.CountSave(c)
	if err != nil {
		return revision, err
	}
	defer func() {
		if revision.Number == 0 {
			undo()
		}
	}()
	err = p.write(c, func(ctx context.Context, panel *db.DB) error {
		revision, err = save(ctx, panel)
		return err
	})
	return revision, err
}

// saving reads whether to save the edit at once, and the message for the log.
func saving(c *call.Call) (save bool, message string, err error) {
	if save, err = boolParameter(c, "save"); err != nil {
		return false, "", err
	}
	message = c.Query.Get("message")
	if message != "" && !save {
		return false, "", call.BadParameter("message", "needs save=true")
	}
	return save, message, failed(edits.CheckText("message", message))
}

// edit makes an edit and responds: 202 if it is staged, 200 if it is live, or was already.
func (p *Panel) edit(c *call.Call, edit objectEdit) (call.Response, error) {
	edited, err := p.commit(c, edit)
	return editedResponse(edited, edited, err)
}

// add makes an edit that adds an object and responds: 202 if it is staged, 201 if it is live.
func (p *Panel) add(c *call.Call, edit objectEdit) (call.Response, error) {
	edited, err := p.commit(c, edit)
	return added(c, edit, edited, err)
}

// added responds to an edit that has added an object.
func added(c *call.Call, edit objectEdit, edited wire.Edited, err error) (call.Response, error) {
	response, err := editedResponse(edited, edited, err)
	if err != nil {
		return call.Response{}, err
	}
	if !edited.Staged {
		response.Status = http.StatusCreated
	}
	response.Header = map[string]string{"Location": c.Route.Resource.Path + "/" + pathSegment(edit.name)}
	return response, nil
}

// editedResponse is the response to an edit. The body contains edited, and may contain more.
func editedResponse(body any, edited wire.Edited, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(body)
	if edited.Staged {
		response.Status = http.StatusAccepted
	}
	return response, err
}
