package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/manual"
	"latchkey/cmd/internal/pages"
	"latchkey/perms"
)

//go:generate go run ./internal/gen

// flagWidth keeps the lines about flags whole on a terminal of 80 columns, where man indents by seven.
const flagWidth = 73

// ReferenceFolders are the folders that hold nothing but what [Reference] makes.
func ReferenceFolders() []string {
	return []string{"completions", "docs/cli", "docs/man", "docs/resources"}
}

// Reference makes the manual pages, the completion scripts and the pages about permissions and resources from the command tree and the
// tables: contents by path in the project, with slashes.
func Reference() (map[string]string, error) {
	root := newRoot(&app.App{})
	files := map[string]string{}
	for _, shell := range shells {
		var script strings.Builder
		if err := shell.write(root, &script); err != nil {
			return nil, err
		}
		files["completions/"+shell.file] = script.String()
	}
	addPages(files, root)
	files["docs/permissions.md"] = permissionsPage()
	return files, addResources(files, perms.Store())
}

// addResources adds the pages about what a new database serves.
func addResources(files map[string]string, catalogue *perms.Catalogue) error {
	add := func(name string, page pages.Document) { files["docs/resources/"+name+".md"] = page.Markdown() }
	add(pages.IndexPage, pages.Index(catalogue))
	add(pages.RequestsPage, pages.Requests(catalogue))
	for _, resource := range catalogue.Resources() {
		page, _ := pages.Resource(catalogue, resource.Name)
		add(resource.Name, page)
	}
	document, err := pages.OpenAPI(catalogue, "")
	files["docs/openapi.json"] = string(document)
	return err
}

func addPages(files map[string]string, command *cobra.Command) {
	if command.Hidden {
		return
	}
	page := pageOf(command)
	name := manual.Name(page.Command)
	files["docs/man/"+name+".1"] = manual.Man(page)
	files["docs/cli/"+name+".md"] = manual.Markdown(page)
	for _, verb := range command.Commands() {
		addPages(files, verb)
	}
}

// pageOf says of a command what its help says.
func pageOf(command *cobra.Command) manual.Page {
	addDefaultFlags(command)
	page := manual.Page{Command: command.CommandPath(), Short: command.Short, Synopsis: synopsis(command)}
	section := func(title, text string) {
		if text != "" {
			page.Sections = append(page.Sections, manual.Section{Title: title, Text: text})
		}
	}
	section("Description", description(command))
	for _, group := range commandGroups(command) {
		section(group[0], group[1])
	}
	own, others := flagsOf(command)
	section("Flags", own.FlagUsagesWrapped(flagWidth))
	if others && command.HasParent() {
		section("Flags of every command", command.InheritedFlags().FlagUsagesWrapped(flagWidth))
	}
	if command.HasParent() {
		section("Exit status", exitsOf(command))
	} else {
		for _, topic := range topics {
			section(topic.title, topic.text())
		}
	}
	section("Examples", command.Example)
	page.See = related(command)
	return page
}

// synopsis lists the forms of a Use line: "can NAME METHOD PATH | NAME PERM" has two.
func synopsis(command *cobra.Command) []string {
	if command.HasSubCommands() {
		return []string{command.CommandPath() + " COMMAND [flags]"}
	}
	forms := []string{strings.TrimPrefix(command.Use, command.Name())}
	if !strings.Contains(command.Use, "[") {
		forms = strings.Split(forms[0], " | ")
	}
	for i, form := range forms {
		forms[i] = strings.Join(append([]string{command.CommandPath()}, append(strings.Fields(form), "[flags]")...), " ")
	}
	return forms
}

// related links to the command above, the ones below and those beside.
func related(command *cobra.Command) []manual.Link {
	var links []manual.Link
	add := func(list ...*cobra.Command) {
		for _, other := range list {
			if !other.Hidden && other != command {
				links = append(links, manual.Link{Command: other.CommandPath(), Short: other.Short})
			}
		}
	}
	if command.HasParent() {
		add(command.Parent())
	}
	add(command.Commands()...)
	if !command.HasSubCommands() && command.HasParent() && command.Parent().HasParent() {
		add(command.Parent().Commands()...)
	}
	return links
}
