// Package pages writes what the API serves for people and programs to read: a page for each resource with the permission
// that each request type takes, the list of all of them, and an OpenAPI document. All of it comes from the catalogue that
// also decides, so that it cannot say anything else.
//
// It is a pure function of the catalogue. Where requests are passed on to is nobody's business but the operator's, and
// stands on no page.
package pages

// Document is a page: what it says, apart from how it is written down. What comes from a catalogue is in it as it is; each
// way of writing escapes it.
type Document struct {
	Title  string
	Blocks []Block
}

// Block is a part of a page. One field is set.
type Block struct {
	Heading string
	Text    []Span
	Table   *Table
	Code    string // lines as they are
}

// Span is a piece of a line.
type Span struct {
	Text string
	Code bool   // written as code
	Page string // links to the page of the resource of this name, or to one of the pages below
}

// The pages that are of no resource. No resource can be named so.
const (
	IndexPage    = "README"
	RequestsPage = "REQUESTS"
)

// Table has a row of cells for each column.
type Table struct {
	Columns []string
	Rows    [][][]Span
}

// JSON is a page that shows a response in JSON to somebody who has opened it in a browser.
func JSON(title, content string) Document {
	return Document{Title: title, Blocks: []Block{{Code: content}, paragraph(link("All resources", IndexPage))}}
}

func text(words string) Span { return Span{Text: words} }

func code(words string) Span { return Span{Text: words, Code: true} }

func link(words, page string) Span { return Span{Text: words, Page: page} }

func line(spans ...Span) []Span { return spans }

func paragraph(spans ...Span) Block { return Block{Text: spans} }
