package manual

import (
	"fmt"
	"strings"
)

// Man writes a page of section 1 in the macros of man(7).
func Man(page Page) string {
	var out strings.Builder
	name := Name(page.Command)
	fmt.Fprintf(&out, ".TH %s 1 \"\" latchkey \"latchkey manual\"\n.nh\n.ad l\n", roffArgument(strings.ToUpper(name)))
	fmt.Fprintf(&out, ".SH NAME\n%s \\- %s\n", roff(name), roff(page.Short))
	out.WriteString(".SH SYNOPSIS\n.nf\n")
	for _, form := range page.Synopsis {
		words, ok := strings.CutPrefix(form, page.Command)
		if !ok {
			words = " " + form
		}
		fmt.Fprintf(&out, "\\fB%s\\fR%s\n", roff(page.Command), roff(words))
	}
	out.WriteString(".fi\n")
	for _, section := range page.Sections {
		fmt.Fprintf(&out, ".SH %s\n", roffArgument(strings.ToUpper(section.Title)))
		manText(&out, section.Text)
	}
	if len(page.See) > 0 {
		references := make([]string, len(page.See))
		for i, link := range page.See {
			references[i] = "\\fB" + roff(Name(link.Command)) + "\\fR(1)"
		}
		fmt.Fprintf(&out, ".SH SEE ALSO\n%s\n", strings.Join(references, ",\n"))
	}
	return out.String()
}

func manText(out *strings.Builder, text string) {
	for i, paragraph := range paragraphs(text) {
		if i > 0 {
			out.WriteString(".PP\n")
		}
		lines := strings.Split(paragraph, "\n")
		if verbatim(paragraph) {
			out.WriteString(".nf\n")
		}
		for _, line := range lines {
			out.WriteString(roffLine(line) + "\n")
		}
		if verbatim(paragraph) {
			out.WriteString(".fi\n")
		}
	}
}

// roff takes the meaning from a text's backslashes, and keeps its hyphens and quotes from becoming typographic, so that
// what is copied from the page can be pasted.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`).Replace(text)
}

// roffLine is roff of a whole line, which a dot at its beginning would make a request.
func roffLine(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + roff(line)
	}
	return roff(line)
}

// roffArgument is one argument of a request.
func roffArgument(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }
