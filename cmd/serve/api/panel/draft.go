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

// staged reads what the caller's draft holds.
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

// discard forgets the caller's draft, or what it holds of one object, and lists what is forgotten.
func (d ownDraft) discard(c *call.Call) (call.Response, error) {
	var names []string
	if c.Query.Has("name") {
		names = []string{c.Query.Get("name")}
	}
	return d.change(c, names, func(ctx context.Context, panel *db.DB, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
		return panel.Discard(ctx, draft, labels)
	})
}

// rebase lets the caller's draft go on from the live state, and lists what does.
func (d ownDraft) rebase(c *call.Call) (call.Response, error) {
	body := readForm(c)
	names := body.texts("names")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return d.change(c, names, func(ctx context.Context, panel *db.DB, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
		return panel.Rebase(ctx, draft, labels)
	})
}

// change does something to the caller's draft, or to what it holds of some objects, and lists to which.
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

// save makes the caller's draft live, or what it holds of some objects: 204 where nothing is staged.
func (d ownDraft) save(c *call.Call) (call.Response, error) {
	body := readForm(c)
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
	var revision history.Revision
	err = d.write(c, func(ctx context.Context, panel *db.DB) error {
		revision, err = panel.Save(ctx, draft, labels, message)
		return err
	})
	if err == nil && revision.Number == 0 {
		return call.Response{Status: http.StatusNoContent}, nil
	}
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.SavedOf(revision))
}

// canonicalLabels brings the names of users, and role:NAME for roles, to their one form.
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
