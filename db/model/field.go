package model

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// Field names. Each rule and each role is a field of its own: "rule PATTERN", "role NAME".
const (
	FieldName   = "name"
	fieldEmail  = "email"
	fieldNote   = "note"
	FieldAccess = "access"
	// FieldSuspended is apart from the access: a new token does not resume.
	FieldSuspended = "suspended"
	RulePrefix     = "rule "
	RolePrefix     = "role "
)

// Field is one comparable part of an object. Two edits conflict when they touch the same field.
type Field struct {
	Key   string
	Value string // for people; never empty
}

// Record is what the log keeps of an object and what differences are reckoned from: the fields that are set, in a fixed
// order. A token stands there as its fingerprint; no digest is in it. A nil Record is no object.
type Record []Field

// Difference is one field that two states of an object have differently.
type Difference struct {
	Field  string
	Before string // empty: not set
	After  string // empty: not set
}

// Record makes the record of an object; of none, none.
func (o *Object) Record() Record {
	if o == nil {
		return nil
	}
	record := Record{{FieldName, o.Name}}
	if o.Email != "" {
		record = append(record, Field{fieldEmail, o.Email})
	}
	if o.Note != "" {
		record = append(record, Field{fieldNote, o.Note})
	}
	switch o.Kind {
	case KindUser:
		record = append(record, Field{FieldAccess, AccessInWords(o.Access)})
		if o.Access.Suspended {
			record = append(record, Field{FieldSuspended, isSet})
		}
	case KindResource:
		record = append(record, o.resourceFields()...)
	case KindSetting:
		record = append(record, o.fieldsOfSettings()...)
	case KindRole:
	}
	for _, role := range o.Roles {
		record = append(record, Field{RolePrefix + role, "assigned"})
	}
	for _, rule := range o.Rules {
		_, value, _ := strings.Cut(rule.String(), " "+rule.Pattern.String())
		record = append(record, Field{RulePrefix + rule.Pattern.String(), string(rule.Effect) + value})
	}
	return record
}

// AccessInWords is one field, since a token cannot be merged with its absence.
func AccessInWords(access tokens.Access) string {
	if !access.Enabled() {
		return "off"
	}
	words := "on, token " + access.Current.Fingerprint() + termInWords(access.Term)
	if access.Retiring.IsZero() {
		return words
	}
	return words + ", retiring " + access.Retiring.Fingerprint() + endInWords(graceInWords(access.Grace), access.RetiringUntil)
}

// RecordedEnd is when the last token ends in what [AccessInWords] says of a saved access; zero where one does not end.
func RecordedEnd(words string) (last time.Time) {
	for token := range strings.SplitSeq(words, ", retiring ") {
		_, text, _ := strings.Cut(token, " until ")
		text, _, _ = strings.Cut(text, " ")
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return time.Time{}
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

func termInWords(term tokens.Term) string {
	words := endInWords(perms.FormatSpan(term.Lifetime), term.ExpiresAt)
	if term.ByDefault {
		words += " by default"
	}
	return words
}

func graceInWords(grace time.Duration) string {
	if grace == 0 {
		return ""
	}
	return grace.String()
}

// endInWords is a span after the save, with the latest end if there is one, or else an end; "" for none.
func endInWords(span string, end time.Time) (words string) {
	switch {
	case span != "" && end.IsZero():
		return " for " + span + " after the save"
	case span != "":
		return " for " + span + " after the save, at most until " + end.Format(time.RFC3339)
	case !end.IsZero():
		return " until " + end.Format(time.RFC3339)
	}
	return ""
}

// Value is the value of a field; empty where it is not set.
func (r Record) Value(key string) string {
	at := slices.IndexFunc(r, func(field Field) bool { return field.Key == key })
	if at < 0 {
		return ""
	}
	return r[at].Value
}

// Name is the name of the recorded object.
func (r Record) Name() string { return r.Value(FieldName) }

// MarshalJSON writes the fields as pairs, in their order.
func (r Record) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	pairs := make([][2]string, len(r))
	for i, field := range r {
		pairs[i] = [2]string{field.Key, field.Value}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Record) UnmarshalJSON(content []byte) error {
	var pairs [][2]string
	if err := json.Unmarshal(content, &pairs); err != nil {
		return err
	}
	*r = make(Record, len(pairs))
	for i, pair := range pairs {
		(*r)[i] = Field{pair[0], pair[1]}
	}
	return nil
}

// Compare lists the fields that differ between two records: changed and removed ones in the order of the first, then
// those only the second has.
func Compare(before, after Record) []Difference {
	var differences []Difference
	for _, field := range before {
		if value := after.Value(field.Key); value != field.Value {
			differences = append(differences, Difference{field.Key, field.Value, value})
		}
	}
	for _, field := range after {
		if before.Value(field.Key) == "" {
			differences = append(differences, Difference{field.Key, "", field.Value})
		}
	}
	return differences
}

// Carry copies one field from one object to another.
func Carry(field string, from, to *Object) {
	if from.Kind == KindResource {
		carryOfResource(field, from, to)
		return
	}
	if from.Kind == KindSetting {
		carryOfSettings(field, from, to)
		return
	}
	role, isRole := strings.CutPrefix(field, RolePrefix)
	pattern, isRule := strings.CutPrefix(field, RulePrefix)
	switch {
	case isRole && from.HasRole(role):
		to.Assign(role)
		if id, meant := from.RoleIDs[role]; meant {
			if to.RoleIDs == nil {
				to.RoleIDs = map[string]int64{}
			}
			to.RoleIDs[role] = id
		}
	case isRole:
		to.Unassign(role)
	case isRule:
		carryRule(pattern, from, to)
	case field == FieldName:
		to.Name = from.Name
	case field == fieldEmail:
		to.Email = from.Email
	case field == fieldNote:
		to.Note = from.Note
	case field == FieldAccess:
		suspended := to.Access.Suspended
		to.Access = from.Access
		to.Access.Suspended = suspended && to.Access.Enabled()
	case field == FieldSuspended:
		to.Access.Suspended = from.Access.Suspended && to.Access.Enabled()
	}
}

func carryRule(text string, from, to *Object) {
	pattern, err := perms.ParsePattern(text)
	if err != nil {
		return // not a field of an object
	}
	if rule, ok := from.Rules.Get(pattern); ok {
		to.Rules = to.Rules.With(rule)
	} else {
		to.Rules = to.Rules.Without(pattern)
	}
}

// Overlap names the fields that both lists have.
func Overlap(a, b []Difference) []string {
	var both []string
	for _, difference := range a {
		if slices.ContainsFunc(b, func(other Difference) bool { return other.Field == difference.Field }) {
			both = append(both, difference.Field)
		}
	}
	return both
}
