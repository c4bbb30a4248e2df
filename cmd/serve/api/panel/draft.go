package panel

import (
	"context"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// ownDraft manages the draft of the caller.
type ownDraft struct{ *Panel }

func (d ownDraft) show(c *call.Call) (call.Response, error) {
	draft, err := read(d.Panel, c, func(ctx context.Context, own panel.Panel) (panel.Draft, error) {
		return own.Draft(ctx, draftOf(c))
	})
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(draft)
}

func (d ownDraft) diff(c *call.Call) (call.Response, error) {
	list, err := read(d.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.StagedChange, error) {
		return own.Diff(ctx, draftOf(c), nil)
	})
	var differences []panel.Difference
	for _, staged := range list {
		differences = append(differences, staged.Differences...)
	}
	return listResponse(differences, err)
}

// discard deletes the caller's draft, or its changes to one object, and lists what was deleted.
func (d ownDraft) discard(c *call.Call) (call.Response, error) {
	var labels []string
	if c.Query.Has("name") {
		labels = []string{c.Query.Get("name")}
	}
	return stagedResponse(write(d.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.StagedChange, error) {
		return own.Discard(ctx, draftOf(c), labels)
	}))
}

// rebase moves the caller's draft, or its changes to some objects, onto the live state, and lists them.
func (d ownDraft) rebase(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	labels := body.texts("names")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return stagedResponse(write(d.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.StagedChange, error) {
		return own.Rebase(ctx, draftOf(c), labels)
	}))
}

// stagedResponse is the response with objects of a draft.
func stagedResponse(changes []panel.StagedChange, err error) (call.Response, error) {
	var list []panel.Staged
	for _, change := range changes {
		list = append(list, change.Staged)
	}
	return listResponse(list, err)
}

// rollback stages or saves the inverse of a revision. What does not come back is among the warnings.
func (d ownDraft) rollback(c *call.Call) (call.Response, error) {
	body := readForm(c)
	revision := body.number("revision")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	edited, err := d.commitBy(c, func(ctx context.Context, own panel.Panel, options panel.EditOptions) (panel.Edited, error) {
		done, err := own.Rollback(ctx, revision, options)
		for _, left := range done.Left {
			done.Warnings = append(done.Warnings, left.InWords())
		}
		return done.Edited, err
	})
	return editedResponse(edited, edited, err)
}

// save makes the caller's draft live, or its changes to some objects, or tries that. It responds with 204 if nothing is staged.
func (d ownDraft) save(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	options := panel.SaveOptions{Draft: draftOf(c), Message: orEmpty(body.text("message")), DryRun: body.flag("dry_run")}
	options.Confirmed, options.Confirm = body.confirmation("confirm")
	labels := body.texts("names")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	edited, err := d.Panel.save(c, func(ctx context.Context, own panel.Panel) (panel.Edited, error) {
		return own.Save(ctx, labels, options)
	})
	switch {
	case err != nil:
		return call.Response{}, err
	case edited.Saved == nil:
		return call.NoContent, nil
	}
	return call.JSON(edited.Saved)
}
