package perms

import (
	"fmt"
	"slices"
	"time"

	"latchkey/perms/errorkind"

	"latchkey/perms/verifiedtime"
)

// ErrRefused is what every [RefusedError] is.
var ErrRefused = errorkind.Refused.New("not permitted")

// RefusedError says why an actor may not make a change.
type RefusedError struct {
	// Missing is what the actor lacks. Nearly always it is a permission that something needs; a part of it may be "*",
	// for a resource or action that does not exist yet: only a rule with "*" there gives that. Not for marshalling as a
	// Permission, but its String is always fit to show.
	Missing Permission
	Reason  string // for people
	Name    string // of the object that was to be changed
}

// Error is the reason.
func (e *RefusedError) Error() string { return ErrRefused.Error() + ": " + e.Reason }

// Is makes every RefusedError an [ErrRefused].
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// ErrorKind is [errorkind.Refused].
func (e *RefusedError) ErrorKind() errorkind.Kind { return errorkind.Refused }

// The kinds of objects. A removal takes the rules of a user along.
const (
	kindUser     = "user"
	kindRole     = "role"
	kindResource = "resource"
)

// Change is one object's edit, as far as permission goes.
type Change struct {
	Kind           string // "user", "role", "resource" or "setting"
	Name           string
	Added, Removed bool
	// Fields are those that differ, as FieldPermission knows them; for an added object, those that are set (its name goes
	// without saying); for a removed one they do not matter. None at all: the object changes through another one, as a user
	// does when a role is edited.
	Fields  []string
	Self    bool // the object is the actor
	StaysOn bool // API access is on before and after
	// Outlives: the token may work longer than an operator let the one before it.
	Outlives bool
	Suspends bool // no token is accepted afterwards until it is resumed
	// AccessEnds: API access is off afterwards, or only the retiring token is gone.
	AccessEnds bool

	Retiring bool // the actor has shown a token that is retiring: a later one has taken its place
	// Service: the catalogue has resources of other services. Those know paths and no resources, so that the path of any
	// resource may decide which permission a request to them takes. OfHost: the object is a resource of one host, in whose
	// place another one, of any host, may be found at its path.
	Service, OfHost bool
	// Before and After are, for a user, all rules that count, those of its roles included, in the live state and as the
	// save would have them; for a role, its own rules. Nil where there is no object.
	Before, After []Rule
}

// Permit reports whether an actor who holds these rules at this moment may make a change: nil, or a *[RefusedError].
//
// An actor with [Everything] may make any change. For anybody else there are three conditions:
//
//   - They hold the permission of each changed field ([FieldPermission]). For the name of a user that is one that gives
//     identities ([GivesIdentity]), as no other permission may let somebody appear as another user to a service. With
//     tokens:rotate_own, a user may replace their own token, if that is the whole change. No edit may move a request from one
//     resource to another.
//   - They hold all that the user to be changed may do, or that the role gives. So nobody edits, enables, regenerates,
//     disables or removes a user who may do more than they may.
//   - They hold all that the change grants. To remove a deny is to grant. To move an end to later is to grant from the old
//     end on. A role grants what it newly allows. It also grants what it no longer denies, as another rule may allow that to
//     its users.
//
// "Hold" means at every moment from now on. What the actor, before and after may do is compared for every permission that
// rules can distinguish, including those that nothing needs yet, and at each moment when a decision changes. known is the
// list from which a RefusedError names a permission that something needs. While the time is not known, the actor holds what
// is certainly in force, and the object may do what is possibly in force.
//
// Call it with the live rules of the actor, when an edit is staged and again in the transaction that saves it. It knows one
// object. A role that loses rules changes its users too: each is a Change of their own without Fields.
//
// In addition, nobody can change the access of a user with that user's retiring token, not even an actor with [Everything].
// Whoever still has the old token could otherwise turn it into a lasting one, and end the token that has replaced it.
//
// And nobody lets their own token work longer than an operator has said, who could otherwise not let anybody in for a time.
func Permit(actor []Rule, change Change, known []Permission, now verifiedtime.Time) error {
	if change.prolongsRetiring() {
		return change.refused(Permission{"tokens", "edit"}, "a retiring token changes no token of its own user: use the one that has taken its place")
	}
	if change.Kind == kindUser && change.Self && change.Outlives {
		return change.refused(Permission{"tokens", "edit"}, "nobody lets their own token work longer than an operator has said: ask another operator")
	}
	if Everything(actor, now) {
		return nil
	}
	if refused := change.lacksPermission(actor, now); refused != nil {
		return refused
	}
	if refused := change.exceeds(reachOf(actor, now), known, now.At()); refused != nil {
		return refused
	}
	return nil
}

// Everything reports whether rules allow every permission there can be from now on: *:* without end, and nothing denied.
func Everything(actor []Rule, now verifiedtime.Time) bool {
	held := reachOf(actor, now)
	for _, end := range held {
		if end.denied(now.At()) {
			return false
		}
	}
	return held[Pattern{wildcard, wildcard}].allow.Equal(endless)
}

// lacksPermission refuses the first field that takes a permission which the actor does not have.
func (c Change) lacksPermission(actor []Rule, now verifiedtime.Time) *RefusedError {
	if c.rotatesOwn() && Decide(actor, RotateOwn, now).Allowed {
		return nil
	}
	for _, field := range c.fields() {
		needed, found := FieldPermission(c.Kind, field)
		if c.redirects(field) || c.closesOwn(field) {
			found = false
		}
		if !found {
			needed = Permission{wildcard, wildcard}
		}
		if !found || !Decide(actor, needed, now).Allowed {
			reason := fmt.Sprintf("%s takes %v", c.describe(field), needed)
			if GivesIdentity(needed) {
				reason += ", as a name is an identity at services"
			}
			return c.refused(needed, reason)
		}
	}
	return nil
}

// redirects reports whether taking a resource away or bringing it back could let requests go elsewhere than before. That a
// change of its path or parent may do so is why the table has nobody for these.
func (c Change) redirects(field string) bool {
	return c.Service && field != fieldTitle || c.OfHost && c.Removed
}

// closesOwn reports whether one of latchkey's own resources is taken away or brought back. Without the control panel nobody
// revokes a token over the network: who may remove resources of the shop may not take that away from others.
func (c Change) closesOwn(field string) bool {
	_, own := find(systemResources(), c.Name)
	return own && c.Kind == kindResource && (field == fieldRemove || field == fieldAdd)
}

// prolongsRetiring reports whether a retiring token would change the access that it is part of.
func (c Change) prolongsRetiring() bool {
	return c.Kind == kindUser && c.Self && c.Retiring && (c.Removed || slices.Contains(c.Fields, fieldAccess))
}

// rotatesOwn reports whether all that the change does is to replace the actor's own token. Without API access before, there
// is nobody who could ask; without it after, it is no replacing.
func (c Change) rotatesOwn() bool {
	return c.Kind == kindUser && c.Self && c.StaysOn && !c.Added && !c.Removed && len(c.Fields) == 1 && c.Fields[0] == fieldAccess
}

// fields are what the change is checked for.
func (c Change) fields() []string {
	switch {
	case c.Removed:
		return []string{fieldRemove}
	case c.Added:
		set := slices.DeleteFunc(slices.Clone(c.Fields), func(field string) bool { return field == fieldName })
		return append([]string{fieldAdd}, set...)
	default:
		return c.Fields
	}
}

func (c Change) describe(field string) string {
	switch field {
	case fieldAdd:
		return "adding " + c.object()
	case fieldRemove:
		return "removing " + c.object()
	default:
		return fmt.Sprintf("changing %q of %s", field, c.object())
	}
}

func (c Change) object() string { return fmt.Sprintf("%s %q", c.Kind, c.Name) }

// exceeds refuses the first permission that the object has before or is granted by the change, at a moment when the actor
// does not hold it. What a user may do after the change without being granted it, they could before.
func (c Change) exceeds(actor reach, known []Permission, now time.Time) *RefusedError {
	earliest := verifiedtime.Known(now) //nolint:forbidigo // of an object, all that may be in force counts
	rules := compared{actor, reachOf(c.Before, earliest), reachOf(c.After, earliest)}
	if c.Removed && c.Kind == kindUser { // their denies go with them in peace
		rules.after = rules.before
	}
	for point := range rules.points(known, now) {
		held, had, has := rules.at(point)
		for _, at := range []time.Time{now, held.allow, held.deny, had.allow, had.deny, has.allow, has.deny} {
			switch {
			case at.Before(now) || held.may(at): // a decision that changed earlier, or one that the actor has as well
			case had.may(at):
				return c.refused(point, c.object()+" may do more than the operator, such as "+point.String()+asOf(at, now))
			case has.grants(had, at):
				return c.refused(point, "the operator does not hold what the change gives "+c.object()+", such as "+point.String()+asOf(at, now))
			}
		}
	}
	return nil
}

// grants reports whether a permission is gained at a moment by what had these ends before. A deny that is taken away
// counts, also where nothing allows the permission yet: somebody may grant it later and rely on the deny.
func (e ends) grants(had ends, at time.Time) bool {
	return (had.denied(at) && !e.denied(at)) || (e.may(at) && !had.may(at))
}

// asOf reports when a permission is missing, if not at once.
func asOf(at, now time.Time) string {
	if at.Equal(now) {
		return ""
	}
	return " as of " + at.UTC().Format(time.RFC3339)
}

func (c Change) refused(missing Permission, reason string) *RefusedError {
	return &RefusedError{Missing: missing, Reason: reason, Name: c.Name}
}
