package panel

import (
	"fmt"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// Never is how an operator asks for a token without end.
const Never = "never"

// ParseExpiry reads when a token is to end: never, a span from the save on, or a moment as [perms.ParseUntil] reads it. Its
// errors, and [tokens.ErrExpiry] for a span that is not at least a second.
func ParseExpiry(text string, now time.Time) (tokens.Expiry, error) {
	if text == Never {
		return tokens.Expiry{Never: true}, nil
	}
	if span, err := perms.ParseSpan(text); err == nil {
		if span < time.Second {
			return tokens.Expiry{}, fmt.Errorf("%w: %.80q is less than a second", tokens.ErrExpiry, text)
		}
		return tokens.Expiry{After: span}, nil
	}
	at, err := perms.ParseUntil(text, now)
	return tokens.Expiry{At: at}, err
}
