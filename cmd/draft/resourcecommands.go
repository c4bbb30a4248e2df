package draft

import (
	"cmp"
	"slices"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/cmd/resource"
	"latchkey/perms"
)

// resourceCommands lists what stages resources again: removals first, those under a parent before it; then the rest in
// the order in which it was staged, parents before those under them.
func resourceCommands(staged []object) []string {
	var removals, others []object
	for _, one := range staged {
		if one.Resource == nil || one.Resource.Origin == panel.OriginBuiltIn {
			removals = append(removals, one)
		} else {
			others = append(others, one)
		}
	}
	slices.SortStableFunc(removals, func(a, b object) int { return b.isUnder() - a.isUnder() })
	slices.SortStableFunc(others, func(a, b object) int {
		return cmp.Or(a.isUnder()-b.isUnder(), a.StagedAt.Compare(b.StagedAt))
	})
	var lines []string
	for _, one := range removals {
		if one.Action != "add" {
			lines = append(lines, "resource remove -y "+one.name)
		}
		if one.Resource != nil { // it is built in, and comes back when it is added
			lines = append(lines, "resource add "+one.name)
		}
	}
	for _, one := range others {
		lines = append(lines, one.shapeCommand())
	}
	return lines
}

// isUnder is 1 for a resource under another one, else 0.
func (o object) isUnder() int {
	if o.Resource != nil && o.Resource.Parent != "" || o.Resource == nil && o.change("parent").Before != nil {
		return 1
	}
	return 0
}

// shapeCommand adds or edits a resource, by a flag for each field that changes.
func (o object) shapeCommand() string {
	isAdded := o.Action == "add"
	line := "resource edit " + o.name
	if isAdded {
		line = "resource add " + o.name
	}
	for _, change := range o.Changes {
		field, of, _ := strings.Cut(change.Field, " ")
		flag := strings.ReplaceAll(field, "_", "-")
		_, value := change.Values()
		switch {
		case field == "name" || field == "request" || isAdded && o.isUsual(field, value):
			continue
		case field == "upstream" && value == "": // it goes with the backend
			continue
		case field == "path":
			value = resource.PlaceOf(value)
		case field == "allow_credentials" || field == "pass_cors":
			line += " --" + flag
			if value == "" {
				line += "=false"
			}
			continue
		case of != "" && value == "": // an alias, or a field of clients that is let through
			value = resource.NoneSign + of
		case of != "":
			value = of
		case field == "host_header":
			value = cmp.Or(value, perms.HostKept)
		case field == "timeout" || field == "max_body":
			value = cmp.Or(value, "0")
		}
		line += " --" + flag + " " + word(value)
	}
	return line + o.permissionFlags()
}

// isUsual reports whether a new resource has the value of a field without a word.
func (o object) isUsual(field, value string) bool {
	return field == "title" && value == perms.DefaultTitle(o.name) || field == "backend" && value != string(perms.External)
}

// permissionFlags say what the request types take that are not as they were, or as a new backend brings them.
func (o object) permissionFlags() string {
	before := map[string]string{}
	var requests []string
	isNew := false
	for _, request := range o.broughtRequests() {
		name := request.Method + " " + string(request.Endpoint)
		before[name], requests, isNew = request.Permission.String(), append(requests, name), true
	}
	for _, change := range o.Changes {
		if name, found := strings.CutPrefix(change.Field, "request "); found && before[name] == "" {
			requests = append(requests, name)
			if !isNew { // else it has gone with the old backend
				before[name], _ = change.Values()
			}
		}
	}
	var flags string
	for _, name := range requests {
		if _, after := o.change("request " + name).Values(); after != before[name] {
			flags += " --permission " + word(name+"="+cmp.Or(after, resource.NoneSign))
		}
	}
	return flags
}

// broughtRequests are the request types that come with the backend, where that is a new one.
func (o object) broughtRequests() []perms.Request {
	before, after := o.change("backend").Values()
	if after == "" || before != "" && perms.Backend(before).IsService() == perms.Backend(after).IsService() {
		return nil
	}
	_, parent := o.change("parent").Values()
	return perms.DefaultRequests(perms.Backend(after), o.name, parent)
}
