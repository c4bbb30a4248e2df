package db

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// stagedUser is how a user stands in a draft.
type stagedUser struct {
	Name          string        `json:"name"`
	Email         string        `json:"email,omitempty"`
	Note          string        `json:"note,omitempty"`
	Token         string        `json:"token,omitempty"` // digest, in hex
	IssuedAt      time.Time     `json:"token_issued_at,omitzero"`
	Retiring      string        `json:"retiring,omitempty"` // digest, in hex
	Grace         time.Duration `json:"grace,omitempty"`
	RetiringUntil time.Time     `json:"retiring_until,omitzero"`
	Rules         perms.Rules   `json:"rules,omitempty"`
	CreatedAt     time.Time     `json:"created_at,omitzero"`
	ChangedAt     time.Time     `json:"changed_at,omitzero"`
	Revision      int64         `json:"revision,omitempty"`
}

func encodeUser(user *User) (any, error) {
	if user == nil {
		return nil, nil
	}
	content, err := json.Marshal(stagedUser{
		Name: user.Name, Email: user.Email, Note: user.Note,
		Token: hexOf(user.Access.Current), IssuedAt: user.Access.IssuedAt,
		Retiring: hexOf(user.Access.Retiring), Grace: user.Access.Grace, RetiringUntil: user.Access.RetiringUntil,
		Rules: user.Rules, CreatedAt: user.CreatedAt, ChangedAt: user.ChangedAt, Revision: user.Revision,
	})
	return string(content), err
}

func decodeUser(content sql.NullString, id int64) (*User, error) {
	if !content.Valid {
		return nil, nil //nolint:nilnil // no user is a state of a draft
	}
	var staged stagedUser
	if err := json.Unmarshal([]byte(content.String), &staged); err != nil {
		return nil, fmt.Errorf("%w: a draft cannot be read: %w", ErrDamaged, err)
	}
	current, currentErr := digestOf(staged.Token)
	retiring, retiringErr := digestOf(staged.Retiring)
	return &User{
		ID: id, Name: staged.Name, Email: staged.Email, Note: staged.Note,
		Access: tokens.Access{Current: current, IssuedAt: staged.IssuedAt,
			Retiring: retiring, Grace: staged.Grace, RetiringUntil: staged.RetiringUntil},
		Rules: staged.Rules, CreatedAt: staged.CreatedAt, ChangedAt: staged.ChangedAt, Revision: staged.Revision,
	}, errors.Join(currentErr, retiringErr)
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
