package pages

import (
	"reflect"
	"time"

	"latchkey/cmd/panel"
	"latchkey/perms"
)

// schemas are JSON schemas of the structs that responses are made of, by the names of their types. As docs/json.md has it,
// every field is always there, and later there may be more.
type schemas map[string]any

// choices are the types of texts that have few values.
var choices = map[reflect.Type]any{
	reflect.TypeFor[perms.Effect]():   []perms.Effect{perms.Allow, perms.Deny},
	reflect.TypeFor[perms.Miss]():     []perms.Miss{perms.Ended, perms.OtherAction, perms.OtherResource},
	reflect.TypeFor[perms.Backend]():  []perms.Backend{perms.Documents, perms.System, perms.Proxied, perms.External},
	reflect.TypeFor[perms.Endpoint](): []perms.Endpoint{perms.Collection, perms.Item, perms.Named, perms.Count, perms.Single, perms.Tree},
	reflect.TypeFor[panel.Origin]():   []panel.Origin{panel.OriginBuiltIn, panel.OriginChanged, panel.OriginAdded, panel.OriginHidden},
}

// of is the schema of a type. That of a struct is kept under its name, and referred to.
func (s schemas) of(of reflect.Type) map[string]any {
	if of == reflect.TypeFor[time.Time]() {
		return map[string]any{"type": "string", "format": "date-time"}
	}
	if values := choices[of]; values != nil {
		return map[string]any{"type": "string", "enum": values}
	}
	switch of.Kind() { //nolint:exhaustive // a kind that no response has says nothing
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{s.of(of.Elem()), kind("null")}}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(of.Elem())}
	case reflect.Struct:
		s.add(of)
		return schemaOf(of.Name())
	case reflect.Bool:
		return kind("boolean")
	case reflect.String:
		return kind("string")
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return kind("number")
	}
	return map[string]any{}
}

// add keeps the schema of a struct. What is embedded in it counts as its own, as in its JSON.
func (s schemas) add(of reflect.Type) {
	if s[of.Name()] != nil {
		return
	}
	properties, required := map[string]any{}, []string{}
	s[of.Name()] = map[string]any{} // a struct may hold itself
	for _, field := range reflect.VisibleFields(of) {
		if name := field.Tag.Get("json"); name != "" && name != "-" && !field.Anonymous {
			properties[name] = s.of(field.Type)
			required = append(required, name)
		}
	}
	s[of.Name()] = map[string]any{"type": "object", "properties": properties, "required": required}
}
