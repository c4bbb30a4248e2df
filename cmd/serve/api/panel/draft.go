package panel

import (
	"context"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/history"
	"latchkey/db/model"
)

// ownDraft manages the draft of the caller.
type ownDraft struct{ *Panel }

// staged reads the caller's draft.
func (d ownDraft) staged(c *call.Call) (draft drafts.Draft, list []drafts.Staged, head history.Revision, err error) {
	if draft, err = draftOf(c); err != nil {
		return draft, nil, head, err
	}
	err = d.read(c, func(ctx context.Context, users *db.DB) error {
		if list, err = users.Staged(ctx, draft); err != nil {
			return err
		}
		head, err = users.History().Head(ctx)
		return err
	})
	return draft, list, head, err
}

func (d ownDraft) show(c *call.Call) (call.Response, error) {
	draft, list, head, err := d.staged(c)
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.DraftOf(draft, list, head))
}

func (d ownDraft) diff(c *call.Call) (call.Response, error) {
	_, list, _, err := d.staged(c)
	var differences []wire.Difference
	for _, staged := range list {
		differences = append(differences, wire.DifferencesOf(staged)...)
	}
	return listResponse(differences, err)
}

// discard deletes the caller's draft, or its changes to one object, and lists what was deleted.
func (d ownDraft) discard(c *call.Call) (call.Response, error) {
	var names []string
	if c.Query.Has("name") {
		names = []string{c.Query.Get("name")}
	}
	return d.change(c, names, func(ctx context.Context, panel *db.DB, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
		return panel.Discard(ctx, draft, labels)
	})
}

// rebase moves the caller's draft, or its changes to some objects, onto the live state, and lists them.
func (d ownDraft) rebase(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	names := body.texts("names")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return d.change(c, names, func(ctx context.Context, panel *db.DB, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
		return panel.Rebase(ctx, draft, labels)
	})
}

// change does some work on the caller's draft, or on its changes to some objects, and lists those.
func (d ownDraft) change(c *call.Call, names []string,
	work func(ctx context.Context, panel *db.DB, draft drafts.Draft, labels []string) ([]drafts.Staged, error)) (call.Response, error) {
	draft, err := draftOf(c)
	if err != nil {
		return call.Response{}, err
	}
	labels, err := canonicalLabels(names)
	if err != nil {
		return call.Response{}, err
	}
	var list []wire.Staged
	err = d.write(c, func(ctx context.Context, panel *db.DB) error {
		done, err := work(ctx, panel, draft, labels)
		for _, staged := range done {
			list = append(list, wire.StagedOf(staged))
		}
		return err
	})
	return listResponse(list, err)
}

// save makes the caller's draft live, or its changes to some objects. It responds with 204 if nothing is staged.
func (d ownDraft) save(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	message, names := orEmpty(body.text("message")), body.texts("names")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	draft, err := draftOf(c)
	if err != nil {
		return call.Response{}, err
	}
	if err := edits.CheckText("message", message); err != nil {
		return call.Response{}, failed(err)
	}
	labels, err := canonicalLabels(names)
	if err != nil {
		return call.Response{}, err
	}
	revision, err := d.Panel.save(c, func(ctx context.Context, panel *db.DB) (history.Revision, error) {
		return panel.Save(ctx, draft, labels, message)
	})
	if err == nil && revision.Number == 0 {
		return call.Response{Status: http.StatusNoContent}, nil
	}
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.SavedOf(revision))
}

// canonicalLabels returns the canonical labels of objects: the name of a user, or role:NAME.
func canonicalLabels(names []string) ([]string, error) {
	labels := make([]string, 0, len(names))
	for _, text := range names {
		label, err := model.CanonicalLabel(text)
		if err != nil {
			return nil, failed(err)
		}
		labels = append(labels, label)
	}
	return labels, nil
}
