package model

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/perms"
	"latchkey/perms/settings"
	"latchkey/tokens"
)

// stagedObject is how an object stands in a draft.
type stagedObject struct {
	Kind          Kind               `json:"kind"`
	Name          string             `json:"name"`
	Email         string             `json:"email,omitempty"`
	Note          string             `json:"note,omitempty"`
	Token         string             `json:"token,omitempty"` // digest, in hex
	IssuedAt      time.Time          `json:"token_issued_at,omitzero"`
	Retiring      string             `json:"retiring,omitempty"` // digest, in hex
	Grace         time.Duration      `json:"grace,omitempty"`
	RetiringUntil time.Time          `json:"retiring_until,omitzero"`
	RetiringSince time.Time          `json:"retiring_issued_at,omitzero"`
	Lifetime      time.Duration      `json:"lifetime,omitempty"`
	ExpiresAt     time.Time          `json:"expires_at,omitzero"`
	Length        time.Duration      `json:"length,omitempty"`
	ByDefault     bool               `json:"by_default,omitempty"`
	Suspended     bool               `json:"suspended,omitempty"`
	Ended         bool               `json:"ended,omitempty"`
	Rules         perms.Rules        `json:"rules,omitempty"`
	Roles         []string           `json:"roles,omitempty"`
	Definition    *definition        `json:"definition,omitempty"`
	Settings      *settings.Settings `json:"settings,omitempty"`
	RoleIDs       map[string]int64   `json:"role_ids,omitempty"`
	CreatedAt     time.Time          `json:"created_at,omitzero"`
	ChangedAt     time.Time          `json:"changed_at,omitzero"`
	Revision      int64              `json:"revision,omitempty"`
}

// EncodeObject is an object as a draft keeps it; NULL for none.
func EncodeObject(object *Object) (any, error) {
	if object == nil {
		return nil, nil
	}
	content, err := json.Marshal(stagedObject{
		Definition: object.stored(), Settings: object.storedSettings(),
		Kind: object.Kind, Name: object.Name, Email: object.Email, Note: object.Note,
		Token: hexOf(object.Access.Current), IssuedAt: object.Access.IssuedAt,
		Retiring: hexOf(object.Access.Retiring), Grace: object.Access.Grace, RetiringUntil: object.Access.RetiringUntil,
		Ended: object.Access.Ended, RetiringSince: object.Access.RetiringIssuedAt, Suspended: object.Access.Suspended,
		Lifetime: object.Access.Lifetime, ExpiresAt: object.Access.ExpiresAt, Length: object.Access.Length, ByDefault: object.Access.ByDefault,
		Rules: object.Rules, Roles: object.Roles, RoleIDs: object.RoleIDs, CreatedAt: object.CreatedAt, ChangedAt: object.ChangedAt, Revision: object.Revision,
	})
	return string(content), err
}

// DecodeObject is the reverse of [EncodeObject]; id is the number of the object. [ErrDamaged].
func DecodeObject(content sql.NullString, id int64) (*Object, error) {
	if !content.Valid {
		return nil, nil //nolint:nilnil // no object is a state of a draft
	}
	var staged stagedObject
	if err := json.Unmarshal([]byte(content.String), &staged); err != nil {
		return nil, fmt.Errorf("%w: a draft cannot be read: %w", ErrDamaged, err)
	}
	current, currentErr := digestOf(staged.Token)
	retiring, retiringErr := digestOf(staged.Retiring)
	object := &Object{
		ID: id, Kind: staged.Kind, Name: staged.Name, Email: staged.Email, Note: staged.Note,
		Access: tokens.Access{Current: current, IssuedAt: staged.IssuedAt,
			Retiring: retiring, RetiringIssuedAt: staged.RetiringSince, Grace: staged.Grace, RetiringUntil: staged.RetiringUntil, Ended: staged.Ended,
			Suspended: staged.Suspended,
			Term:      tokens.Term{Lifetime: staged.Lifetime, ExpiresAt: staged.ExpiresAt, Length: staged.Length, ByDefault: staged.ByDefault}},
		Rules: staged.Rules, Roles: staged.Roles, RoleIDs: staged.RoleIDs, CreatedAt: staged.CreatedAt, ChangedAt: staged.ChangedAt, Revision: staged.Revision,
	}
	if staged.Settings != nil {
		object.Settings = *staged.Settings
	}
	var definitionErr error
	if staged.Definition != nil {
		definitionErr = staged.Definition.onto(object)
	}
	return object, errors.Join(currentErr, retiringErr, definitionErr)
}

func hexOf(digest tokens.Digest) string {
	if digest.IsZero() {
		return ""
	}
	return digest.Hex()
}

func digestOf(text string) (tokens.Digest, error) {
	if text == "" {
		return tokens.Digest{}, nil
	}
	return tokens.ParseDigest(text)
}
