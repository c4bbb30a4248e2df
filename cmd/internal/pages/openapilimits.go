package pages

import (
	"latchkey/perms"
	"latchkey/perms/username"
)

// The limits of texts. JSON Schema counts characters and the server counts bytes: what has more characters is refused, and
// what has no more may be too.
const (
	maxHead = 16 << 10 // of the whole head of a request
	maxEdit = 64 << 10 // of a body that cannot hold a list

	maxFilters = 10 // in one request
)

// textUpTo is the schema of a text.
func textUpTo(length int) map[string]any {
	return map[string]any{"type": "string", "maxLength": length}
}

// inHead is a text of the head that has no limit of its own.
func inHead() map[string]any { return textUpTo(maxHead) }

// inBody is likewise one of a body.
func inBody() map[string]any { return textUpTo(maxEdit) }

func userName() map[string]any     { return textUpTo(username.MaxGiven) }
func note() map[string]any         { return textUpTo(perms.MaxText) }
func permission() map[string]any   { return textUpTo(perms.MaxPermission) }
func resourceName() map[string]any { return textUpTo(perms.MaxName) }
func listOf(items map[string]any, most int) map[string]any {
	return map[string]any{"type": "array", "items": items, "maxItems": most}
}
