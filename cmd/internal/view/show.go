package view

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// MentionStaged says in one note what the operator's draft does to objects that are shown live; nil: nothing.
func MentionStaged(a *app.App, staged ...*panel.Staged) {
	var words []string
	for _, object := range staged {
		if object != nil {
			words = append(words, object.Object+": "+staging.FieldsInWords(*object))
		}
	}
	if len(words) > 0 {
		a.Messages().Info("staged, not live: %s", strings.Join(words, "; "))
	}
}

// Show prints live objects that were named, and says what the operator's draft does to each. It is given how they are read,
// and for each what is printed and what is staged of it.
func Show[V any](ctx context.Context, a *app.App, names []string,
	read func(p panel.Panel, ctx context.Context, names []string, view panel.View) ([]V, error), shown func(V) (ui.Object, *panel.Staged)) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		views, err := read(p, ctx, names, panel.View{Draft: a.DraftName()})
		if err != nil {
			return err
		}
		objects, staged := make([]ui.Object, len(views)), make([]*panel.Staged, len(views))
		for i, view := range views {
			objects[i], staged[i] = shown(view)
		}
		MentionStaged(a, staged...)
		return a.PrintObjects(objects)
	})
}

// Catalogue is what the API serves; where there is no database yet, what it would serve from a new one.
func Catalogue(ctx context.Context, a *app.App) (catalogue *perms.Catalogue, err error) {
	err = a.Panel(ctx, false, func(p panel.Panel) error {
		catalogue, err = p.Catalogue(ctx, panel.View{})
		return err
	})
	if errors.Is(err, panel.ErrNoDatabase) {
		return perms.Store(), nil
	}
	return catalogue, err
}

// Access shows whether a user has API access.
func Access(on bool) ui.Cell {
	if on {
		return ui.Cell{Text: "on", Style: ui.Good}
	}
	return ui.Cell{Text: "off", Style: ui.Dim}
}

// AccessOf shows whether a user has API access, or a token that is suspended.
func AccessOf(on bool, token *panel.Token) ui.Cell {
	if token != nil && token.Suspended {
		return ui.Cell{Text: "suspended", Style: ui.Warn}
	}
	return Access(on)
}

// Token shows the fingerprint of a user's token.
func Token(token *panel.Token) ui.Cell {
	if token == nil {
		return ui.Cell{}
	}
	return ui.Cell{Text: token.Fingerprint}
}

// Head shows the head of a revision: on a terminal its first digits, and whole where a program may keep it.
func Head(head string) ui.Cell {
	return ui.Cell{Text: head, Brief: staging.ShortHead(head), Style: ui.Dim}
}

// Rule shows a rule in words, coloured by its effect.
func Rule(rule panel.HeldRule) ui.Cell { return Coloured(RuleInWords(rule), rule.Effect) }

// Coloured is a text in the colour of a rule's effect.
func Coloured(text string, effect perms.Effect) ui.Cell {
	if effect == perms.Deny {
		return ui.Cell{Text: text, Style: ui.Bad}
	}
	return ui.Cell{Text: text, Style: ui.Good}
}

// RuleInWords is a rule and the role through which it counts.
func RuleInWords(rule panel.HeldRule) string {
	words := string(rule.Effect) + " " + rule.Permission
	if rule.Until != nil {
		words += " until " + rule.Until.UTC().Format(time.RFC3339)
	}
	if rule.Role != "" {
		words += " (role " + rule.Role + ")"
	}
	return words
}
