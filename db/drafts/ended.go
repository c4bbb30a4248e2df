package drafts

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"latchkey/db/model"
	"latchkey/tokens"
)

// SetUnder notes under which token an edit has staged what it changed, from what was staged before it; zero: under none, as
// at the command line. Whoever sets a field last has staged it.
func (s *Staged) SetUnder(before *model.Object, presented tokens.Digest) {
	under := maps.Clone(s.Under)
	if under == nil {
		under = map[string]string{}
	}
	set := func(field string) {
		delete(under, field)
		if !presented.IsZero() {
			under[field] = presented.Fingerprint()
		}
	}
	if s.Next == nil {
		clear(under)
		set("")
	} else {
		for _, difference := range model.Compare(before.Record(), s.Next.Record()) {
			set(difference.Field)
		}
	}
	s.Under = under
}

// fields are what is staged: "" is the removal.
func (s Staged) fields() []string {
	if s.Next == nil {
		return []string{""}
	}
	var fields []string
	for _, difference := range s.Differences() {
		fields = append(fields, difference.Field)
	}
	return fields
}

// EndedTokens lists what is staged under a token that is not accepted.
func (s Staged) EndedTokens(accepted func(field, fingerprint string) bool) []model.EndedToken {
	var ended []model.EndedToken
	for _, field := range s.fields() {
		if under := s.Under[field]; under != "" && !accepted(field, under) {
			ended = append(ended, model.EndedToken{Field: field, Fingerprint: under})
		}
	}
	slices.SortFunc(ended, func(a, b model.EndedToken) int { return cmp.Compare(a.Field, b.Field) })
	return ended
}

// encodeTokens is Under of what is still staged.
func (s Staged) encodeTokens() (any, error) {
	under := map[string]string{}
	for _, field := range s.fields() {
		if fingerprint := s.Under[field]; fingerprint != "" {
			under[field] = fingerprint
		}
	}
	if len(under) == 0 {
		return nil, nil //nolint:nilnil // NULL
	}
	text, err := json.Marshal(under)
	return string(text), err
}

// DecodeTokens reads what encodeTokens has made.
func DecodeTokens(text sql.NullString) (under map[string]string, err error) {
	if text.Valid && json.Unmarshal([]byte(text.String), &under) != nil {
		return nil, fmt.Errorf("%w: under which tokens a draft was staged cannot be read", model.ErrDamaged)
	}
	return under, nil
}
