package data

import (
	"encoding/json"
	"fmt"
	"strings"
)

// documentFields are the fields of documents: the server's own, in columns, and whatever members the bodies have.
type documentFields struct {
	parent string // the field that has the number of the parent, or ""
}

// ownedFields are what the server sets, whatever a body says.
var ownedFields = columns{
	"id":            {"id", number},
	"date_created":  {"created_at", date},
	"date_modified": {"updated_at", date},
}

// column finds a field that the server sets.
func (f documentFields) column(field string) (column, bool) {
	if f.parent != "" && field == f.parent {
		return column{parentOf, number}, true
	}
	found, owned := ownedFields[field]
	return found, owned
}

// CheckConditions tells whether documents of a collection can be asked for by these conditions, without asking.
// *[ConditionError].
func CheckConditions(collection Collection, where []Condition) error {
	return Query{Where: where}.where(&clause{}, documentFields{collection.ParentField})
}

func (f documentFields) condition(to *clause, condition Condition) error {
	if column, owned := f.column(condition.Field); owned {
		return column.condition(to, condition)
	}
	path, err := memberPath(condition.Field)
	if err != nil {
		return err
	}
	if !canBeNamed(condition.Field) {
		to.add("FALSE AND ")
	}
	if condition.Operator == Equal {
		equalMember(to, path, condition.Value)
		return nil
	}
	return memberInRange(to, path, condition)
}

// order: what has no such field is all equal in it.
func (f documentFields) order(to *clause, field string) error {
	if column, owned := f.column(field); owned {
		to.add(column.sql)
		return nil
	}
	path, err := memberPath(field)
	if err != nil {
		return err
	}
	if !canBeNamed(field) {
		to.add("NULL")
		return nil
	}
	to.add("json_extract(body, ?)", path)
	return nil
}

// canBeNamed is false of a name that no document has, since [encode] refuses it, and that SQLite would take for what is
// before its U+0000.
func canBeNamed(field string) bool { return !strings.Contains(field, "\x00") }

// memberPath names a member at the top level in SQLite's language of paths, where a name is quoted as in JSON. It is bound
// as an argument, never made part of a query.
func memberPath(name string) (string, error) {
	quoted, err := json.Marshal(name)
	if err != nil {
		return "", fmt.Errorf("naming a field: %w", err)
	}
	return "$." + string(quoted), nil
}

// equalMember adds "the member has this value": a text if it is the same or the same instant, a number if it is the
// same number, or is written with the same digits where those do not fit [exact], true and false by their names or as the 1 and 0 of many clients, null as nothing.
func equalMember(to *clause, path, value string) {
	to.add("CASE json_type(body, ?) WHEN 'text' THEN json_extract(body, ?) = ?", path, path, value)
	if instant, ok := ParseDate(value); ok {
		to.add(" OR instant(json_extract(body, ?)) = ?", path, instant.UnixMilli())
	}
	if number, ok := parseNumber(value); ok {
		compare, compared := "json_extract(body, ?) = "+numberValue, number
		if whole, fits := exact(number); fits {
			compared = whole
		} else {
			compare = "(body -> ?) = ?"
		}
		to.add(" WHEN 'integer' THEN "+compare, path, compared)
		to.add(" WHEN 'real' THEN "+compare, path, compared)
	}
	switch value {
	case "true", "1":
		to.add(" WHEN 'true' THEN TRUE")
	case "false", "0":
		to.add(" WHEN 'false' THEN TRUE")
	case "":
		to.add(" WHEN 'null' THEN TRUE")
	}
	to.add(" ELSE FALSE END")
}

// memberInRange adds "the member is at least or at most this": a number is compared with numbers and with texts that are
// numbers, since many clients keep prices as texts; a date with texts that are dates.
func memberInRange(to *clause, path string, condition Condition) error {
	compare := comparisons[condition.Operator]
	if number, ok := parseNumber(condition.Value); ok {
		if number, ok = exact(number); !ok {
			return &ConditionError{Condition: condition, Problem: tooLarge}
		}
		to.add("CASE json_type(body, ?)", path)
		to.add(" WHEN 'integer' THEN json_extract(body, ?)"+compare+numberValue, path, number)
		to.add(" WHEN 'real' THEN json_extract(body, ?)"+compare+numberValue, path, number)
		// json_type and json_extract of what is no JSON are errors: json_valid has to come first.
		to.add(" WHEN 'text' THEN CASE WHEN json_valid(json_extract(body, ?)) THEN", path)
		to.add(" json_type(json_extract(body, ?)) IN ('integer', 'real')", path)
		to.add(" AND json_extract(json_extract(body, ?), '$')"+compare+numberValue, path, number)
		to.add(" END ELSE FALSE END")
		return nil
	}
	if instant, ok := ParseDate(condition.Value); ok {
		to.add("CASE json_type(body, ?) WHEN 'text' THEN instant(json_extract(body, ?))"+compare+"? ELSE FALSE END",
			path, path, instant.UnixMilli())
		return nil
	}
	return &ConditionError{Condition: condition, Problem: "is neither a number nor a date of RFC 2822 or ISO 8601"}
}
