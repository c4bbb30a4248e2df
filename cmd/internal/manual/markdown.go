package manual

import (
	"fmt"
	"strings"
)

// Markdown writes a page in the Markdown of CommonMark. Links lead to the other pages in the same folder.
func Markdown(page Page) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s.\n\n", markdown(page.Command), markdown(page.Short))
	fence(&out, page.Synopsis)
	for _, section := range page.Sections {
		fmt.Fprintf(&out, "\n## %s\n", markdown(section.Title))
		for _, paragraph := range paragraphs(section.Text) {
			out.WriteString("\n")
			if lines := strings.Split(paragraph, "\n"); verbatim(paragraph) {
				fence(&out, lines)
			} else {
				out.WriteString(markdown(paragraph) + "\n")
			}
		}
	}
	if len(page.See) > 0 {
		out.WriteString("\n## See also\n\n")
	}
	for _, link := range page.See {
		fmt.Fprintf(&out, "- [%s](%s.md): %s\n", markdown(link.Command), Name(link.Command), markdown(link.Short))
	}
	return out.String()
}

// fence writes lines as they are, without what all of them are indented by.
func fence(out *strings.Builder, lines []string) {
	indent := len(lines[0]) - len(strings.TrimLeft(lines[0], " "))
	for _, line := range lines {
		indent = min(indent, len(line)-len(strings.TrimLeft(line, " ")))
	}
	out.WriteString("```\n")
	for _, line := range lines {
		out.WriteString(line[indent:] + "\n")
	}
	out.WriteString("```\n")
}

// markdown takes the meaning from a text's signs.
func markdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `<`, `\<`, `[`, `\[`, `#`, `\#`).Replace(text)
}
