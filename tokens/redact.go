package tokens

import (
	"regexp"
	"strings"
	"sync"
)

// likeToken is what looks like a token, though perhaps a mistyped one or a part of one. Names may have those three letters in
// them, and then seldom so many others without a sign between.
var likeToken = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(Prefix + `(?:_|%5[Ff])[0-9A-Za-z]{20,}`) })

// Redact puts "lk_[redacted]" in the place of what looks like a token in a text, also like one that [Find] finds in base64.
func Redact(text string) string {
	if strings.Contains(text, Prefix) {
		text = likeToken().ReplaceAllLiteralString(text, redacted)
	}
	for _, word := range strings.FieldsFunc(text, endsEncoded) {
		if len(word) < shortestEncoded {
			continue
		}
		if found, mistyped := findEncoded(standard.Replace(word)); len(found)+mistyped > 0 {
			text = strings.ReplaceAll(text, word, redacted)
		}
	}
	return text
}
