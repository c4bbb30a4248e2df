package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"sync"
)

// Folder is where the server has the pages.
const Folder = "/docs"

// style is all that there is to see beside the text. It is part of the page, and allowed there by its hash alone.
const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
body > p { max-width: 45rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: 0.25rem 1rem 0.25rem 0; text-align: left; vertical-align: top; overflow-wrap: break-word; }
td code { overflow-wrap: anywhere; }
code, pre { font: 0.85em/1.5 ui-monospace, monospace; }
pre { white-space: pre-wrap; }
@media (max-width: 60rem) {
  thead { display: none; }
  tr, td { display: block; }
  tr { border-bottom: 1px solid #8886; padding: 0.5rem 0; }
  td { border: 0; padding: 0; overflow-wrap: anywhere; }
  td:nth-child(n+4) { display: inline-block; margin-right: 1rem; }
  td::before { content: attr(data-column) ": "; opacity: 0.7; }
}
`

// ContentSecurityPolicy lets a page have the style it comes with, and nothing else: no script, image, form or frame.
func ContentSecurityPolicy() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// layout is made when it is first asked for: most commands ask for no page.
var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"style":   func() template.CSS { return style },
		"path":    path,
		"openapi": func() string { return Folder + "/openapi.json" },
	}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<link rel="service-desc" type="application/json" href="{{openapi}}">
<style>{{style}}</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{range .Blocks}}{{if .Heading}}<h2>{{.Heading}}</h2>
{{else if .Table}}{{$columns := .Table.Columns}}<table>
<thead><tr>{{range .Table.Columns}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{range .Table.Rows}}<tr>{{range $i, $cell := .}}<td data-column="{{index $columns $i}}">{{template "line" $cell}}</td>{{end}}</tr>
{{end}}</tbody>
</table>
{{else if .Code}}<pre>{{.Code}}</pre>
{{else}}<p>{{template "line" .Text}}</p>
{{end}}{{end}}<p><a href="{{openapi}}">OpenAPI document</a></p>
</body>
</html>
{{define "line"}}{{range .}}{{if .Page}}<a href="{{path .Page}}">{{end}}{{if .Code}}<code>{{.Text}}</code>{{else}}<bdi>{{.Text}}</bdi>{{end}}{{if .Page}}</a>{{end}}{{end}}{{end}}`))
})

// path is where the server has a page.
func path(page string) string {
	switch page {
	case IndexPage:
		return Folder
	case RequestsPage:
		return Folder + "/requests"
	}
	return Folder + "/resources/" + page
}

// HTML writes a page as HTML, to be sent with [ContentSecurityPolicy].
func (d Document) HTML() ([]byte, error) {
	var out bytes.Buffer
	err := layout().Execute(&out, d)
	return out.Bytes(), err
}
