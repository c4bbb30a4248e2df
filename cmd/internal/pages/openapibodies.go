package pages

import (
	"maps"
	"slices"

	"latchkey/perms"
)

// What the control panel reads: every field that a body may have. None else is taken.

// bodies are the schemas of bodies, by name.
func bodies() map[string]any {
	oneOrMore := map[string]any{"anyOf": []any{permission(), listOf(permission(), perms.MaxRules)}}
	names := map[string]any{"anyOf": []any{inBody(), listOf(inBody(), 1000)}, "description": "NAME, role:NAME, resource:NAME or setting:all of what is staged"}
	resource := resourceFields()
	newResource := resourceFields()
	newResource["name"] = resourceName()
	return map[string]any{
		"NewUser":        body(map[string]any{"name": userName(), "email": note(), "note": note()}, "name"),
		"UserEdit":       edit(map[string]any{"name": userName(), "email": note(), "note": note()}),
		"NewRole":        body(map[string]any{"name": userName(), "note": note()}, "name"),
		"RoleEdit":       edit(map[string]any{"name": userName(), "note": note()}),
		"RuleEdit":       body(map[string]any{"permission": oneOrMore, "effect": effects(), "until": untils()}, "permission"),
		"Rename":         body(map[string]any{"name": userName()}, "name"),
		"RoleAssignment": body(map[string]any{"role": userName()}, "role"),
		"TokenEnabling":  body(map[string]any{"expires": expiries()}),
		"Regeneration":   body(map[string]any{"expires": expiries(), "grace": described(inBody(), "how long the old token works on after the save, such as 1h")}),
		"NewResource":    body(newResource, "name"),
		"ResourceEdit":   edit(resource),
		"DraftSave": body(map[string]any{"message": note(), "names": names,
			"confirm": described(map[string]any{"type": []string{"boolean", "string"}}, "true: save the whole draft although some of it was staged under a token that has ended; "+
				"or the word that the 409 of the same request asks for in details.confirm"),
			"dry_run": described(kind("boolean"), "try the save and keep nothing: what would be refused is refused; the revision of the response is 0")}),
		"SettingEdit": body(map[string]any{"value": inBody()}, "value"),
		"Rollback":    body(map[string]any{"revision": described(map[string]any{"type": "integer", "format": "int64", "minimum": 1}, "the one whose inverse is staged")}, "revision"),
		"DraftRebase": body(map[string]any{"names": names}),
	}
}

func effects() map[string]any {
	return map[string]any{"type": "string", "enum": []string{"allow", "deny"}, "default": "allow"}
}

func expiries() map[string]any {
	return described(inBody(), "when the token ends: after a time from the save on such as 90d, a time, a date, or never")
}

func untils() map[string]any {
	return described(inBody(), "when the rule ends: a time, a date, or from now on such as 7d; left out: never")
}

// resourceFields are the fields of a resource that can be set. Lists are taken whole.
func resourceFields() map[string]any {
	path := textUpTo(perms.MaxPath)
	request := body(map[string]any{"method": inBody(), "endpoint": inBody(), "path": described(inBody(), "follows from the resource's: not read"),
		"permission": map[string]any{"type": []string{"string", "null"}, "maxLength": perms.MaxPermission},
		"any_user":   kind("boolean"), "anyone": kind("boolean")}, "method", "endpoint")
	upstream := body(map[string]any{"url": textUpTo(perms.MaxURL), "strip_prefix": path, "host_header": described(textUpTo(perms.MaxURL), "what the service is told as Host: keep (what the client sent), upstream (that of url), or a host"),
		"timeout_seconds": kind("number"), "max_body": kind("integer")})
	return map[string]any{
		"title": textUpTo(perms.MaxTitle), "host": textUpTo(perms.MaxHost), "path": path, "parent": inBody(), "backend": inBody(),
		"aliases": listOf(path, perms.MaxAliases), "requests": listOf(request, 1000), "upstream": upstream,
		"allow_origins":     described(listOf(textUpTo(perms.MaxURL), 100), "whose pages may use it from a browser (CORS)"),
		"allow_credentials": kind("boolean"), "pass_cors": kind("boolean"),
		"pass_fields": described(listOf(inBody(), perms.MaxPassed), "fields of clients that the service sees though they claim what only latchkey may say"),
	}
}

// body is an object with these fields, of which some are required, and no others. null is the same as a field that is left out.
func body(fields map[string]any, required ...string) map[string]any {
	for name, schema := range fields {
		if one, described := schema.(map[string]any); described && !slices.Contains(required, name) {
			fields[name] = orNull(one)
		}
	}
	made := map[string]any{"type": "object", "properties": fields, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

// orNull is a schema that allows null, too.
func orNull(schema map[string]any) map[string]any {
	if name, simple := schema["type"].(string); simple && schema["enum"] == nil {
		made := maps.Clone(schema)
		made["type"] = []string{name, "null"}
		return made
	}
	return map[string]any{"anyOf": []any{schema, kind("null")}}
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
