package data_test

import (
	"context"
	"errors"
	"testing"

	"latchkey/db/data"
)

// TestChangesAreConfirmed: a change asks when it is done, before it is committed, and what is not confirmed did not happen,
// whatever else there is to say of it (H11).
func TestChangesAreConfirmed(t *testing.T) {
	t.Parallel()
	errNo := errors.New("not any more")
	drafts := []data.Draft{{Body: []byte(`{}`)}}
	for name, change := range map[string]struct {
		do   func(ctx context.Context, file *data.Data) error
		none bool // of the change: it fails, or there is nothing to change
	}{
		"create": {do: func(ctx context.Context, file *data.Data) error {
			_, err := file.Create(ctx, orders, nil, nil)
			return err
		}},
		"update": {do: func(ctx context.Context, file *data.Data) error {
			_, err := file.Update(ctx, orders, 1, fields(t, `{"a":2}`), nil)
			return err
		}},
		"update with nothing": {none: true, do: func(ctx context.Context, file *data.Data) error {
			_, err := file.Update(ctx, orders, 1, nil, nil)
			return err
		}},
		"update of one that is not there": {none: true, do: func(ctx context.Context, file *data.Data) error {
			_, err := file.Update(ctx, orders, 9, fields(t, `{"a":2}`), nil)
			return err
		}},
		"update the only one": {do: func(ctx context.Context, file *data.Data) error {
			_, err := file.UpdateSingle(ctx, data.Collection{Resource: "store"}, fields(t, `{"a":2}`), nil)
			return err
		}},
		"delete":       {do: func(ctx context.Context, file *data.Data) error { return file.Delete(ctx, orders, 1, nil) }},
		"delete all":   {do: func(ctx context.Context, file *data.Data) error { return file.DeleteAll(ctx, orders, nil, nil) }},
		"import":       {do: func(ctx context.Context, file *data.Data) error { return file.Import(ctx, orders, drafts, nil) }},
		"precondition": {none: true, do: func(ctx context.Context, file *data.Data) error { return file.Delete(ctx, orders, 1, refuse) }},
	} {
		file, _ := fresh(t)
		create(t, file, orders, `{"a":1}`)
		before, store := state(t, file, orders), state(t, file, data.Collection{Resource: "store"})
		asked := 0
		err := change.do(t.Context(), data.Confirmed(file, func(context.Context) error {
			asked++
			return errNo
		}))
		if !errors.Is(err, errNo) || asked != 1 || state(t, file, orders) != before || state(t, file, data.Collection{Resource: "store"}) != store {
			t.Errorf("%s: got %v, asked %d times; want not confirmed, once, and no effect", name, err, asked)
		}
		err = change.do(t.Context(), data.Confirmed(file, func(context.Context) error { return nil }))
		changed := state(t, file, orders) != before || state(t, file, data.Collection{Resource: "store"}) != store
		if changed == change.none || err != nil && !change.none {
			t.Errorf("%s, confirmed: got %v, changed %t", name, err, changed)
		}
	}
}

func refuse(data.State) error { return errRefused }
