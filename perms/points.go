package perms

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// compared are the rules that [Permit] compares: the operator's, and those of the object before and after the change.
type compared struct{ actor, before, after reach }

func (c compared) at(point Permission) (held, had, has ends) {
	return c.actor.at(point), c.before.at(point), c.after.at(point)
}

// points yields permissions such that a change which gives too much gives too much of one of them:
//
//   - the known ones, which add nothing to the result but come first, so that the error names one of them if it can;
//   - those that a rule names exactly;
//   - each resource that has a rule for all its actions with another action, each action that has a rule on all resources
//     with another resource, and another action on another resource. "Another one", which no rule names, is written "*";
//   - of the pairs of such a resource with such an action, those in which a deny of the operator meets, at some moment, what
//     the other one gives. In any other pair, the one that gives what the operator lacks does so beside "another one" too.
//
// A pair that no rule names exactly and that comes up is one that is given too much of. So for n rules there are a few
// times n points at most before the result is known, and not n².
func (c compared) points(known []Permission, now time.Time) iter.Seq[Permission] {
	exact, resources, actions := c.named()
	return func(yield func(Permission) bool) {
		for _, point := range slices.Concat(known, exact, []Permission{{wildcard, wildcard}}, resources, actions) {
			if !yield(point) {
				return
			}
		}
		for _, sides := range [][2][]Permission{{resources, actions}, {actions, resources}} {
			denied := slices.DeleteFunc(slices.Clone(sides[0]), func(point Permission) bool { return !c.actor.at(point).denied(now) })
			if len(denied) == 0 {
				continue // as it nearly always is
			}
			for _, gain := range gains {
				for pair := range meetings(c.denied(denied, gain, now), c.given(sides[1], gain, now)) {
					if !yield(pair) {
						return
					}
				}
			}
		}
	}
}

// named lists what rules name, sorted: permissions, resources with all their actions, and actions on all resources.
func (c compared) named() (exact, resources, actions []Permission) {
	patterns := map[Pattern]bool{}
	for _, r := range []reach{c.actor, c.before, c.after} {
		for pattern := range r {
			patterns[pattern] = true
		}
	}
	for _, point := range slices.SortedFunc(maps.Keys(patterns), func(a, b Pattern) int { return comparePermissions(Permission(a), Permission(b)) }) {
		switch {
		case point.Resource == wildcard && point.Action == wildcard:
		case point.Action == wildcard:
			resources = append(resources, Permission(point))
		case point.Resource == wildcard:
			actions = append(actions, Permission(point))
		default:
			exact = append(exact, Permission(point))
		}
	}
	return exact, resources, actions
}

// gain is a way in which an object has or gets a permission: from since on, before until.
type gain func(had, has ends) (since, until time.Time)

// gains are all of them, as exceeds looks for them: it may do that before the change, it may after it, a deny is taken away.
var gains = []gain{
	func(had, _ ends) (since, until time.Time) { return had.deny, had.allow },
	func(_, has ends) (since, until time.Time) { return has.deny, has.allow },
	func(had, has ends) (since, until time.Time) { return has.deny, had.deny },
}

// span is when something is so of a resource with all its actions, or of an action on all resources.
type span struct {
	point       Permission
	since, till time.Time
	given       bool
}

// denied are the times at which the operator is denied what nothing keeps the object from.
func (c compared) denied(points []Permission, gain gain, now time.Time) (spans []span) {
	for _, point := range points {
		held, had, has := c.at(point)
		since, _ := gain(had, has)
		spans = append(spans, span{point, latest(since, now), held.deny, false})
	}
	return spans
}

// given are the times at which the object has or gets something.
func (c compared) given(points []Permission, gain gain, now time.Time) (spans []span) {
	for _, point := range points {
		_, had, has := c.at(point)
		since, until := gain(had, has)
		spans = append(spans, span{point, latest(since, now), until, true})
	}
	return spans
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// meetings yields each pair of a denied span and a given one that have a moment in common. It looks at no others, but for
// sorting: each span is compared with those that are open when it begins.
func meetings(denied, given []span) iter.Seq[Permission] {
	spans := slices.Concat(denied, given)
	spans = slices.DeleteFunc(spans, func(s span) bool { return !s.since.Before(s.till) })
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(a.since.Compare(b.since), strings.Compare(a.point.String(), b.point.String()))
	})
	return func(yield func(Permission) bool) {
		open := map[bool][]span{}
		for _, next := range spans {
			others := slices.DeleteFunc(open[!next.given], func(s span) bool { return !next.since.Before(s.till) })
			for _, other := range others {
				if !yield(next.point.meet(other.point)) {
					return
				}
			}
			open[!next.given] = others
			open[next.given] = append(open[next.given], next)
		}
	}
}

// meet is the permission that both a resource with all its actions and an action on all resources cover.
func (p Permission) meet(other Permission) Permission {
	if p.Action == wildcard {
		return Permission{p.Resource, other.Action}
	}
	return Permission{other.Resource, p.Action}
}
