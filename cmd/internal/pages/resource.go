package pages

import (
	"strings"

	"latchkey/perms"
)

// Resource is the page of a resource, false where there is none of this name.
func Resource(catalogue *perms.Catalogue, name string) (Document, bool) {
	resource, found := catalogue.Resource(name)
	if !found {
		return Document{}, false
	}
	page := Document{Title: title(resource), Blocks: []Block{
		paragraph(code(resource.Name), text(": "+backends[resource.Backend]+".")),
		{Table: requestTable(resource)},
	}}
	page.Blocks = append(page.Blocks, conventions(resource)...)
	page.Blocks = append(page.Blocks, family(catalogue, resource)...)
	page.Blocks = append(page.Blocks, Block{Heading: "Example"}, Block{Code: example(resource)})
	if permission, needed := firstPermission(resource); needed {
		page.Blocks = append(page.Blocks, paragraph(text("An administrator lets a user do that with")),
			Block{Code: "latchkey perm grant NAME " + permission.String() + " --save"})
	}
	page.Blocks = append(page.Blocks, paragraph(link("All resources", IndexPage)))
	return page, true
}

func title(resource perms.Resource) string {
	if resource.Title == "" {
		return resource.Name
	}
	return resource.Title
}

// backends says what handles the requests of each.
var backends = map[perms.Backend]string{
	perms.Documents: "documents that latchkey keeps",
	perms.System:    "answered by latchkey itself",
	perms.Proxied:   "another service, to which latchkey passes requests on",
	perms.External:  "another service, behind a proxy that asks latchkey about each request",
}

func requestTable(resource perms.Resource) *Table {
	table := &Table{Columns: []string{"request", "does", "permission"}}
	for _, request := range resource.Requests {
		table.Rows = append(table.Rows, [][]Span{line(code(requestLine(resource, request))), line(text(does(resource, request))), line(needed(request))})
	}
	return table
}

// requestLine is a request type as one would write it.
func requestLine(resource perms.Resource, request perms.Request) string {
	path := resource.RequestPath(request)
	if request.Endpoint == perms.Tree {
		path = strings.TrimSuffix(path, "/") + "/*"
	}
	return request.Method + " " + resource.Host + path
}

func needed(request perms.Request) Span {
	switch {
	case request.Anyone:
		return text("anyone")
	case request.AnyUser:
		return text("any user")
	}
	return code(request.Permission.String())
}

// firstPermission is that of the first request type that needs one.
func firstPermission(resource perms.Resource) (perms.Permission, bool) {
	for _, request := range resource.Requests {
		if !request.AnyUser {
			return request.Permission, true
		}
	}
	return perms.Permission{}, false
}

// conventions say what goes for all requests of the kind.
func conventions(resource perms.Resource) []Block {
	blocks := []Block{paragraph(text("HEAD takes what GET takes. OPTIONS takes valid credentials alone. Without valid credentials the answer is 401, without the permission 403."))}
	if resource.Backend == perms.Proxied || resource.Backend == perms.External {
		return append(blocks, paragraph(text("The path stands for itself and all that is below it, unless another resource has it.")))
	}
	return append(blocks, paragraph(text("Any path may end in "), code(".json"), text(" or "), code(".xml"), text(" and in a slash.")))
}

// family lists the other paths of a resource, and the resources above and below it.
func family(catalogue *perms.Catalogue, resource perms.Resource) []Block {
	var blocks []Block
	if len(resource.Aliases) > 0 {
		spans := line(text("The same under other paths, for older clients: "))
		for i, alias := range resource.Aliases {
			spans = append(spans, text([]string{"", ", "}[min(i, 1)]), code(alias))
		}
		blocks = append(blocks, paragraph(append(spans, text("."))...))
	}
	if parent, found := catalogue.Resource(resource.Parent); found {
		blocks = append(blocks, paragraph(text("It belongs to "), link(title(parent), parent.Name), text(", whose id is in "),
			code(resource.ParentField()), text(".")))
	}
	var children []Span
	for _, other := range catalogue.Resources() {
		if other.Parent == resource.Name {
			children = append(children, text([]string{"", ", "}[min(len(children), 1)]), link(title(other), other.Name))
		}
	}
	if len(children) > 0 {
		blocks = append(blocks, paragraph(append(line(text("Below it: ")), append(children, text(". Each document links to them by the last part of their paths."))...)...))
	}
	return append(blocks, ofFamily(resource)...)
}

// ofFamily says which request types existing clients of the Stores API V2 know.
func ofFamily(resource perms.Resource) []Block {
	var added []Span
	known := false
	for _, request := range resource.Requests {
		if resource.InFamily(request) {
			known = true
			continue
		}
		added = append(added, text([]string{"", ", "}[min(len(added), 1)]), code(requestLine(resource, request)))
	}
	switch {
	case !known:
		return nil
	case len(added) == 0:
		return []Block{paragraph(text("Clients of the Stores API V2 know all of these requests."))}
	}
	spans := append(line(text("Clients of the Stores API V2 know these requests but ")), added...)
	return []Block{paragraph(append(spans, text(", which latchkey adds."))...)}
}

// example is a request that changes nothing where there is one.
func example(resource perms.Resource) string {
	request := resource.Requests[0]
	host := resource.Host
	if host == "" {
		host = "HOST"
	}
	command := "curl --user NAME "
	if request.Method != "GET" {
		command += "--request " + request.Method + " "
	}
	path := strings.NewReplacer("{id}", "1", "{name}", "ci").Replace(resource.RequestPath(request))
	return command + "https://" + host + path
}
