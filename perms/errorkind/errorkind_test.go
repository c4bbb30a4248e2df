package errorkind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"latchkey/perms/errorkind"
)

func TestOf(t *testing.T) {
	t.Parallel()
	missing, state := errorkind.Missing.New("no such user"), errorkind.State.New("exists already")
	for name, test := range map[string]struct {
		err  error
		want errorkind.Kind
	}{
		"none":               {nil, errorkind.None},
		"of no kind":         {errors.New("x"), errorkind.Internal},
		"a sentinel":         {missing, errorkind.Missing},
		"wrapped":            {fmt.Errorf("reading ann: %w", state), errorkind.State},
		"two of them":        {fmt.Errorf("%w: %w", state, missing), errorkind.State},
		"several: the first": {errors.Join(fmt.Errorf("ann: %w", missing), state), errorkind.Missing},
		"one of no kind too": {errors.Join(errors.New("x"), state), errorkind.State},
		"a deadline":         {fmt.Errorf("waiting: %w", context.DeadlineExceeded), errorkind.Busy},
		"with a suggestion":  {errorkind.Suggest(missing, []string{"ann"}), errorkind.Missing},
	} {
		if got := errorkind.Of(test.err); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
	if again := errorkind.Missing.New("no such user"); errors.Is(again, missing) {
		t.Error("two sentinels of the same text are equal")
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	unknown, full := errorkind.UnknownOutcome.New("the outcome is unknown"), errorkind.Full.New("no space left")
	err := fmt.Errorf("saving: %w: %w", unknown, errors.Join(errors.New("x"), full))
	if !errorkind.Has(err, errorkind.UnknownOutcome) || !errorkind.Has(err, errorkind.Full) {
		t.Errorf("a kind of %q is not found", err)
	}
	if errorkind.Has(err, errorkind.Busy) || errorkind.Has(nil, errorkind.None) || errorkind.Has(errors.New("x"), errorkind.Internal) {
		t.Error("a kind is found that no error says")
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	ann, bob := errors.New("no such user: ann"), errors.New("no such user: bob")
	err := errorkind.Join(nil, ann, errors.New("no such user: ann"), bob)
	if want := "no such user: ann\nno such user: bob"; err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if !errors.Is(err, ann) || !errors.Is(err, bob) || errorkind.Join(nil, nil) != nil {
		t.Error("an error is lost, or there is one of none")
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	missing := errorkind.Missing.New("no such user: an")
	err := fmt.Errorf("editing: %w", errorkind.Suggest(missing, []string{"ann", "anna"}))
	if want := "editing: no such user: an: did you mean ann or anna?"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if got := errorkind.NearestOf(err); !slices.Equal(got, []string{"ann", "anna"}) {
		t.Errorf("got %q", got)
	}
	if !errors.Is(err, missing) {
		t.Error("the error is lost")
	}
	if same := errorkind.Suggest(missing, nil); !errors.Is(same, missing) || len(errorkind.NearestOf(same)) > 0 || errorkind.Suggest(nil, []string{"ann"}) != nil {
		t.Error("something was suggested where there is nothing to suggest")
	}
}
