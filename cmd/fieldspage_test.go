package cmd_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/perms/httpfield"
)

// TestFieldsPage: docs/fields.md has the table by which fields are judged.
func TestFieldsPage(t *testing.T) {
	t.Parallel()
	quoted := func(names []string) string {
		var cells []string
		for _, name := range names {
			cells = append(cells, "`"+name+"`")
		}
		return strings.Join(cells, ", ")
	}
	table := "| it claims | words | begins with | is |\n| --- | --- | --- | --- |\n"
	for _, row := range httpfield.Table() {
		what := row.What
		if what == "nothing" {
			what = "**nothing**, whatever the rows above say"
		}
		table += fmt.Sprintf("| %s | %s | %s | %s |\n", what, quoted(row.Words), quoted(row.Begins), quoted(row.Names))
	}
	page := readDocument(t, "docs/fields.md")
	if !strings.Contains(page, "\n"+table+"\n") {
		t.Errorf("the table of docs/fields.md is not:\n%s", table)
	}
	if ways := quoted(httpfield.Ways()); !strings.Contains(strings.Join(strings.Fields(page), " "), ways) {
		t.Errorf("docs/fields.md does not have: %s", ways)
	}
}
