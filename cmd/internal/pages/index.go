package pages

import (
	"slices"
	"strconv"

	"latchkey/perms"
)

// Index is the list of all resources.
func Index(catalogue *perms.Catalogue) Document {
	table := &Table{Columns: []string{"resource", "path", "permissions"}}
	for _, resource := range catalogue.Resources() {
		table.Rows = append(table.Rows, [][]Span{
			line(link(title(resource), resource.Name)), line(code(resource.Host + resource.Path)), permissionsOf(resource)})
	}
	return Document{Title: "Resources", Blocks: []Block{
		paragraph(text("What the API serves, from the catalogue that decides each request: a page for each resource, with the permission for each request type. "),
			link("Every request", RequestsPage), text(" lists them all in one table.")),
		{Table: table},
	}}
}

// permissionsOf lists what the request types of a resource take, each once.
func permissionsOf(resource perms.Resource) []Span {
	var spans []Span
	for _, request := range resource.Requests {
		if span := needed(request); !slices.Contains(spans, span) {
			if len(spans) > 0 {
				spans = append(spans, text(" "))
			}
			spans = append(spans, span)
		}
	}
	return spans
}

// Requests is the whole table of resources and request types, with the permission and the statuses of each.
func Requests(catalogue *perms.Catalogue) Document {
	table := &Table{Columns: []string{"resource", "request", "permission", "no credentials", "wrong token", "without it", "with it"}}
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			done := success(resource, request)
			none, without := "401", "403"
			if request.AnyUser {
				without = done
			}
			if request.Anyone {
				none = done
			}
			table.Rows = append(table.Rows, [][]Span{line(link(title(resource), resource.Name)), line(code(requestLine(resource, request))),
				line(needed(request)), line(text(none)), line(text("401")), line(text(without)), line(text(done))})
		}
	}
	return Document{Title: "Every request", Blocks: []Block{
		paragraph(text("What each request type takes, and what it answers: without credentials or with a wrong token, with valid credentials without the permission, and with it. A user whose access is off, or whose token is not saved yet, has no valid credentials.")),
		{Table: table},
		paragraph(link("All resources", IndexPage)),
	}}
}

// successes are the statuses of what went well, by method.
var successes = map[string]int{"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}

// success is the status of an allowed request.
func success(resource perms.Resource, request perms.Request) string {
	switch {
	case request.Endpoint == perms.Tree:
		return "the service's"
	case resource.Backend == perms.System && request.Method != "GET":
		return "2xx"
	}
	return strconv.Itoa(successes[request.Method])
}
