package view

import (
	"context"
	"strconv"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
)

// newestWords are what people call the newest revision.
var newestWords = map[string]bool{"last": true, "latest": true, "newest": true, "head": true, "HEAD": true, "@": true}

// IsRevision reports whether a text is meant as a revision, right or wrong: a number, or a word for the newest with what is
// counted back from it.
func IsRevision(text string) bool {
	word, _, _ := strings.Cut(text, "~")
	return text != "" && strings.Trim(text, "0123456789") == "" || newestWords[word]
}

// Revision reads a revision as people write it: a number, a word for the newest such as last or HEAD, or HEAD~2 for two before it.
func Revision(ctx context.Context, p panel.Panel, text string) (int64, error) {
	word, back, counted := strings.Cut(text, "~")
	if !newestWords[word] {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number < 0 {
			return 0, app.WrongUsef("%q is no revision: write a number from 0 on, last or HEAD~2; 'latchkey log' shows all", text)
		}
		return number, nil
	}
	steps := uint64(0)
	if counted {
		steps = 1
		if back != "" {
			var err error
			if steps, err = strconv.ParseUint(back, 10, 31); err != nil {
				return 0, app.WrongUsef("%q is no revision: write it like 12, last or HEAD~2", text)
			}
		}
	}
	newest, err := newestRevision(ctx, p)
	return max(newest-int64(steps), 0), err
}

// newestRevision is 0 where nothing was saved yet.
func newestRevision(ctx context.Context, p panel.Panel) (newest int64, err error) {
	for revision, revisionErr := range p.Revisions(ctx, panel.LogFilter{Page: panel.Page{Limit: 1}}) {
		newest, err = revision.Revision, revisionErr
	}
	return newest, err
}
