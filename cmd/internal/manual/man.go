package manual

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Man writes a page of section 1 in the macros of man(7).
func Man(page Page) string {
	var out strings.Builder
	name := Name(page.Command)
	fmt.Fprintf(&out, ".TH %s 1 \"\" latchkey \"latchkey manual\"\n.nh\n.ad l\n", roffArgument(strings.ToUpper(name)))
	defineFallbacks(&out)
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

// fallbacks are what is shown of characters on a device that does not have them: that of the locale C has ASCII alone.
var fallbacks = map[rune]string{'…': "...", '→': "\\->", '–': "\\-", '’': "\\(aq"}

func defineFallbacks(out *strings.Builder) {
	for _, char := range slices.Sorted(maps.Keys(fallbacks)) {
		fmt.Fprintf(out, ".fchar \\[u%04X] %s\n", char, fallbacks[char])
	}
}

// roff takes the meaning from a text's backslashes, and keeps its hyphens and quotes from becoming typographic, so that
// what is copied from the page can be pasted. What is not ASCII is written by its code point: groff takes the bytes for
// Latin-1 unless the locale says UTF-8.
func roff(text string) string {
	var out strings.Builder
	for _, char := range plainRoff(text) {
		if char < utf8.RuneSelf {
			out.WriteRune(char)
		} else {
			fmt.Fprintf(&out, `\[u%04X]`, char)
		}
	}
	return out.String()
}

func plainRoff(text string) string {
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
