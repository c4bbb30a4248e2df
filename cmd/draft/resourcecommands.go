package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/resource"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// resourceCommands lists what stages resources again: removals first, those under a parent before it; then the rest in
// the order in which it was staged, parents before those under them.
func resourceCommands(staged []drafts.Staged) []string {
	var removals, others []drafts.Staged
	for _, draft := range staged {
		if draft.Next == nil || draft.Next.Hidden {
			removals = append(removals, draft)
		} else {
			others = append(others, draft)
		}
	}
	isUnder := func(object *model.Object) int {
		if object != nil && object.Resource.Parent != "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(removals, func(a, b drafts.Staged) int { return isUnder(b.Base) - isUnder(a.Base) })
	slices.SortStableFunc(others, func(a, b drafts.Staged) int {
		return cmp.Or(isUnder(a.Next)-isUnder(b.Next), a.StagedAt.Compare(b.StagedAt))
	})
	var lines []string
	for _, draft := range removals {
		lines = append(lines, removalCommands(draft)...)
	}
	for _, draft := range others {
		lines = append(lines, shapeCommand(draft))
	}
	return lines
}

// removalCommands are for a draft with which a built-in resource comes back, or something is not served any more.
func removalCommands(draft drafts.Staged) []string {
	name := draft.Name()
	_, isBuilt := perms.Store().Resource(name)
	back, gone := "resource add "+name, "resource remove -y "+name
	switch {
	case draft.Next == nil && isBuilt && draft.Base.Hidden:
		return []string{back}
	case draft.Next == nil && isBuilt:
		return []string{gone, back}
	}
	return []string{gone}
}

// shapeCommand adds or edits a resource.
func shapeCommand(draft drafts.Staged) string {
	next := draft.Next.Served()
	built, isBuilt := perms.Store().Resource(next.Name)
	switch {
	case draft.Base != nil && !draft.Base.Hidden:
		return "resource edit " + next.Name + shapeFlags(draft.Base.Served(), next)
	case draft.Base == nil && isBuilt:
		return "resource edit " + next.Name + shapeFlags(built, next)
	}
	fresh := perms.Resource{Name: next.Name, Backend: perms.Documents, Parent: next.Parent, Title: edits.TitleOf(next.Name)}
	if next.Backend.IsService() {
		fresh.Backend = next.Backend
	}
	fresh.Requests = perms.DefaultRequests(fresh.Backend, next.Name, next.Parent)
	line := "resource add " + next.Name
	if next.Parent != "" {
		line += " --parent " + next.Parent
	}
	if next.Backend == perms.External {
		line += " --backend external"
	}
	return line + shapeFlags(fresh, next)
}

// shapeFlags are the flags that make one resource of another.
func shapeFlags(from, to perms.Resource) string {
	var flags string
	add := func(flag, before, after string) {
		if before != after {
			flags += " --" + flag + " " + word(after)
		}
	}
	if from.Backend != to.Backend {
		add("backend", string(from.Backend), string(to.Backend))
		_ = edits.UseBackend(&from, to.Backend) // it is one of those that there are, as it was staged
	}
	add("title", from.Title, to.Title)
	add("path", resource.PlaceOf(from), resource.PlaceOf(to))
	flags += listFlags("alias", from.Aliases, to.Aliases)
	add("parent", from.Parent, to.Parent)
	add("upstream", from.Upstream.URL, to.Upstream.URL)
	add("strip-prefix", from.Upstream.StripPrefix, to.Upstream.StripPrefix)
	add("timeout", from.Upstream.Timeout.String(), to.Upstream.Timeout.String())
	add("max-body", fmt.Sprint(from.Upstream.MaxBody), fmt.Sprint(to.Upstream.MaxBody))
	return flags + listFlags("pass-field", from.PassFields, to.PassFields) + needFlags(from.Requests, to.Requests)
}

// listFlags are the flags that make one list of values of another.
func listFlags(flag string, from, to []string) string {
	var flags strings.Builder
	for _, value := range from {
		if !slices.Contains(to, value) {
			fmt.Fprintf(&flags, " --%s %s", flag, word(resource.NoneSign+value))
		}
	}
	for _, value := range to {
		if !slices.Contains(from, value) {
			fmt.Fprintf(&flags, " --%s %s", flag, word(value))
		}
	}
	return flags.String()
}

// needFlags are the --permission flags that make one list of request types of another.
func needFlags(from, to []perms.Request) string {
	var flags strings.Builder
	add := func(request perms.Request, permission string) {
		fmt.Fprintf(&flags, " --permission %s", word(fmt.Sprintf("%s %s=%s", request.Method, request.Endpoint, permission)))
	}
	of := func(list []perms.Request, like perms.Request) int {
		return slices.IndexFunc(list, func(has perms.Request) bool { return has.Method == like.Method && has.Endpoint == like.Endpoint })
	}
	for _, request := range from {
		if of(to, request) < 0 {
			add(request, resource.NoneSign)
		}
	}
	for _, request := range to {
		at := of(from, request)
		switch {
		case at >= 0 && from[at] == request:
		case request.AnyUser:
			add(request, resource.AnyUserWords)
		default:
			add(request, request.Permission.String())
		}
	}
	return flags.String()
}
