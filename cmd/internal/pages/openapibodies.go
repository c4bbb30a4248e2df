package pages

import "latchkey/perms"

// What the control panel reads: every field that a body may have. None else is taken.

// bodies are the schemas of bodies, by name.
func bodies() map[string]any {
	text := kind("string")
	list := map[string]any{"type": "array", "items": text, "maxItems": 1000}
	oneOrMore := map[string]any{"anyOf": []any{text, map[string]any{"type": "array", "items": text, "maxItems": perms.MaxRules}}}
	names := map[string]any{"anyOf": []any{text, list}, "description": "NAME, role:NAME, resource:NAME or setting:all of what is staged"}
	resource := resourceFields()
	newResource := resourceFields()
	newResource["name"] = text
	return map[string]any{
		"NewUser":        body(map[string]any{"name": text, "email": text, "note": text}, "name"),
		"UserEdit":       edit(map[string]any{"name": text, "email": text, "note": text}),
		"NewRole":        body(map[string]any{"name": text, "note": text}, "name"),
		"RoleEdit":       edit(map[string]any{"name": text, "note": text}),
		"RuleEdit":       body(map[string]any{"permission": oneOrMore, "effect": effects(), "until": untils()}, "permission"),
		"Rename":         body(map[string]any{"name": text}, "name"),
		"RoleAssignment": body(map[string]any{"role": text}, "role"),
		"Regeneration":   body(map[string]any{"grace": described(text, "how long the old token works on after the save, such as 1h")}),
		"NewResource":    body(newResource, "name"),
		"ResourceEdit":   edit(resource),
		"DraftSave": body(map[string]any{"message": text, "names": names,
			"confirm": described(map[string]any{"type": []string{"boolean", "string"}}, "true: save the whole draft although some of it was staged under a token that has ended; "+
				"or the word that the 409 of the same request asks for in details.confirm"),
			"dry_run": described(kind("boolean"), "try the save and keep nothing: what would be refused is refused; the revision of the response is 0")}),
		"SettingEdit": body(map[string]any{"value": text}, "value"),
		"DraftRebase": body(map[string]any{"names": names}),
	}
}

func effects() map[string]any {
	return map[string]any{"type": "string", "enum": []string{"allow", "deny"}, "default": "allow"}
}

func untils() map[string]any {
	return described(kind("string"), "when the rule ends: a time, a date, or from now on such as 7d; left out: never")
}

// resourceFields are the fields of a resource that can be set. Lists are taken whole.
func resourceFields() map[string]any {
	text := kind("string")
	request := body(map[string]any{"method": text, "endpoint": text, "path": described(text, "follows from the resource's: not read"),
		"permission": map[string]any{"type": []string{"string", "null"}}, "any_user": kind("boolean"), "anyone": kind("boolean")}, "method", "endpoint")
	upstream := body(map[string]any{"url": text, "strip_prefix": text, "timeout_seconds": kind("number"), "max_body": kind("integer")})
	return map[string]any{
		"title": text, "host": text, "path": text, "parent": text, "backend": text,
		"aliases":  map[string]any{"type": "array", "items": text, "maxItems": 1000},
		"requests": map[string]any{"type": "array", "items": request}, "upstream": upstream,
		"allow_origins":     described(map[string]any{"type": "array", "items": text, "maxItems": 100}, "whose pages may use it from a browser (CORS)"),
		"allow_credentials": kind("boolean"), "pass_cors": kind("boolean"),
		"pass_fields": described(map[string]any{"type": "array", "items": text, "maxItems": 1000}, "fields of clients that the service sees though they claim what only latchkey may say"),
	}
}

// body is an object with these fields, of which some are required, and no others.
func body(fields map[string]any, required ...string) map[string]any {
	made := map[string]any{"type": "object", "properties": fields, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

// edit is a body that changes what it gives, and has to give something.
func edit(fields map[string]any) map[string]any {
	made := body(fields)
	made["minProperties"] = 1
	return made
}

// described is a schema with a description.
func described(schema map[string]any, description string) map[string]any {
	made := map[string]any{"description": description}
	for name, value := range schema {
		made[name] = value
	}
	return made
}
