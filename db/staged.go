package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"

	"latchkey/db/model"
)

// Staged is the draft of one object: what it began from and what a save would make of it.
type Staged struct {
	Base     *model.Object // the live object when the draft began; nil: the draft adds it
	Next     *model.Object // nil: the draft removes it
	Began    int64         // revision of Base; 0: the draft adds the object
	Live     int64         // revision of the object now; 0: there is none
	StagedAt time.Time

	Against []model.FieldMove // by [DB.Staged]: what saves have changed since the draft began
	Current model.Record      // by [DB.Staged]: the live object where it has moved since
	Blocked string            // by [DB.Staged]: what else stands against a save, such as a name taken meanwhile
	Hidden  bool              // by [DB.Staged]: the operator may not view the live object; Blocked says only that it has moved
}

// object is the next state, or the base where the draft removes it; nil where nothing is left of the draft.
func (s Staged) object() *model.Object {
	if s.Next != nil {
		return s.Next
	}
	return s.Base
}

// ID is the number of the staged object.
func (s Staged) ID() int64 { return s.object().ID }

// Kind is what kind of object is staged.
func (s Staged) Kind() model.Kind { return s.object().Kind }

// Name is the object's name after the save, or before it where the draft removes the object.
func (s Staged) Name() string { return s.object().Name }

// Label names the object in messages and to [DB.Save].
func (s Staged) Label() string { return model.Label(s.Kind(), s.Name()) }

// onto is another state of the object with the staged fields carried onto it.
func (s Staged) onto(state *model.Object) *model.Object {
	next := state.Clone()
	for _, difference := range s.Differences() {
		model.Carry(difference.Field, s.Next, next)
	}
	return next
}

// Conflict tells what stands against a save, if anything does.
func (s Staged) Conflict() (conflict model.Conflict, found bool) {
	return model.Conflict{Name: s.Label(), Fields: s.Against, Reason: s.Blocked}, s.Stale() || s.Blocked != ""
}

// Stale tells whether the live object has moved since the draft began: a save would be a conflict.
func (s Staged) Stale() bool { return s.Began != s.Live }

// Change is what a save would do to the object.
func (s Staged) Change() model.RecordedChange { return change{s.Base, s.Next}.record() }

// Differences lists the staged fields.
func (s Staged) Differences() []model.Difference { return s.Change().Differences() }

// DifferencesToLive lists the staged fields against the live state, where that has moved and may be shown. A staged resource
// is compared with what is served in its place otherwise.
func (s Staged) DifferencesToLive() []model.Difference {
	if !s.Stale() || s.Hidden {
		return s.Change().AsServed().Differences()
	}
	list := s.Differences()
	for i := range list {
		list[i].Before = s.Current.Value(list[i].Field)
	}
	return list
}

// matches tells whether the name is one the operator would use for this draft.
func (s Staged) matches(kind model.Kind, name string) bool {
	return s.Kind() == kind && (s.Name() == name || (s.Base != nil && s.Base.Name == name))
}

// Staged lists what a draft holds: resources first, then roles, then users, by name. Of live objects that its operator may
// not view, [Staged] says no more than that they have moved.
func (d *DB) Staged(ctx context.Context, draft Draft) ([]Staged, error) {
	return d.StagedOf(ctx, draft, nil)
}

// StagedOf is Staged for some labels only; [ErrNotStaged] for one that has no draft.
func (d *DB) StagedOf(ctx context.Context, draft Draft, labels []string) ([]Staged, error) {
	var chosen []Staged
	err := d.read(ctx, func(tx *sql.Tx) error {
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		if chosen, err = choose(all, labels); err != nil {
			return err
		}
		visible, err := d.visible(ctx, tx, draft.Operator)
		if err != nil {
			return err
		}
		for i := range chosen {
			chosen[i].Hidden = !visible[chosen[i].Kind()]
			if err := chosen[i].compareWithLive(ctx, tx, all); err != nil {
				return err
			}
		}
		return nil
	})
	return chosen, err
}

// compareWithLive finds what has moved under a draft.
func (s *Staged) compareWithLive(ctx context.Context, tx querier, all []Staged) error {
	var err error
	if s.Blocked, err = blockedBy(ctx, tx, *s, all); err != nil {
		return err
	}
	if s.Hidden && (s.Stale() || s.Blocked != "") {
		s.Blocked = movedOn(s.Kind())
	}
	if s.Hidden || !s.Stale() {
		return nil
	}
	if s.Against, err = moves(ctx, tx, s.ID(), s.Began); err != nil || s.Live == 0 {
		return err
	}
	live, err := loadByID(ctx, tx, s.ID())
	s.Current = live.Record()
	return err
}

// blockedBy says what else than moved fields stands against a draft: a name or role that it needs and that saves have taken
// or removed since, or resources that no longer go together.
func blockedBy(ctx context.Context, tx querier, staged Staged, all []Staged) (string, error) {
	if staged.Kind() == model.KindResource {
		if _, err := catalogueAfter(ctx, tx, nil, all); err != nil {
			return ignoreInWords(err, model.ErrCatalogue)
		}
	}
	if staged.Next == nil {
		return "", nil
	}
	if staged.Base == nil || staged.Base.Name != staged.Next.Name {
		taken, err := load(ctx, tx, staged.Kind(), staged.Next.Name)
		if err == nil && !holds(all, taken.ID) {
			return nameTaken(ctx, tx, staged.Next)
		}
		if ignore(err, staged.Kind().Missing()) != nil {
			return "", err
		}
	}
	for _, role := range staged.Next.Roles {
		found, err := findSubject(ctx, tx, all, model.KindRole, role)
		if err != nil {
			return "", err
		}
		meant := staged.Next.RoleIDs[role]
		if found.Next == nil || (meant != 0 && found.Next.ID != meant) {
			return "the role " + role + " that was meant is not there any more", nil
		}
	}
	return "", nil
}

// Version names the state of a staged object, as [Object.Version] does that of a live one.
func (s Staged) Version() (string, error) {
	next, err := model.EncodeObject(s.Next)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, next))
	return fmt.Sprintf("r%d-%x", s.Began, sum[:16]), nil
}
