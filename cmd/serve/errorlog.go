package serve

import (
	"context"
	"log/slog"
	"regexp"
)

// redacting takes out of messages what looks like a credential. net/http itself quotes none, but the text of a panic
// can be anything (R3).
type redacting struct{ slog.Handler }

var credential = regexp.MustCompile(`lk_[0-9A-Za-z]+|(?i:\bbasic\s+[0-9a-z+/=_-]+)`)

// Handle logs the record with its message redacted. net/http puts everything into the message.
func (r redacting) Handle(ctx context.Context, record slog.Record) error {
	record.Message = credential.ReplaceAllString(record.Message, "[redacted]")
	return r.Handler.Handle(ctx, record)
}
