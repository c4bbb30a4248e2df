package draft

import (
	"latchkey/cmd/internal/servers"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/cmd/serve/certificate"
)

// newStatusShape adds to a draft what stands beside the database.
func newStatusShape(database string, draft panel.Draft) StatusShape {
	return StatusShape{Database: database, Draft: draft, CA: certificate.AuthorityBeside(database), Servers: servers.Running(database)}
}

// servingFields are the lines of servers, and of what their clients have to trust.
func servingFields(shape StatusShape) []ui.Field {
	var fields []ui.Field
	if shape.CA != "" {
		fields = append(fields, ui.Field{Key: "ca", Value: ui.Cell{Text: shape.CA}})
	}
	for _, server := range shape.Servers {
		fields = append(fields, ui.Field{Key: "server", Value: ui.Cell{Text: server.URL}})
	}
	return fields
}
