package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// RowDigest is the SHA-256 of everything that the live rows say of an object, its rules and roles included (D11).
func (o *Object) RowDigest() [32]byte { return sha256.Sum256(o.AppendContent(nil)) }

// AppendContent adds to a buffer what the digest covers.
func (o *Object) AppendContent(to []byte) []byte {
	to = AppendNumber(to, o.ID)
	to = AppendText(to, string(o.Kind), o.Name, o.Note, o.Email)
	to = append(AppendNumber(to, int64(len(o.Access.Current))), o.Access.Current[:]...)
	to = append(AppendNumber(to, int64(len(o.Access.Retiring))), o.Access.Retiring[:]...)
	for _, at := range [...]time.Time{o.Access.IssuedAt, o.Access.ExpiresAt, o.Access.RetiringIssuedAt, o.Access.RetiringUntil, o.CreatedAt, o.ChangedAt} {
		to = appendTime(to, at)
	}
	to = AppendNumber(to, o.Access.Length.Milliseconds())
	to = append(to, flag(o.Access.ByDefault), flag(o.Access.Suspended))
	to = AppendNumber(to, o.Revision)
	to = AppendNumber(to, int64(len(o.Roles)))
	to = AppendText(to, o.Roles...)
	if definition, isResource := o.Definition().(string); isResource {
		to = AppendText(to, definition)
	}
	for _, rule := range o.Rules {
		to = AppendNumber(to, int64(len(rule.Pattern.Resource)+len(":")+len(rule.Pattern.Action)))
		to = append(append(append(to, rule.Pattern.Resource...), ':'), rule.Pattern.Action...)
		to = AppendText(to, string(rule.Effect))
		to = appendTime(to, rule.Until)
	}
	return to
}

// CheckDigest returns [ErrDamaged] unless an object that was read is what its save wrote.
func CheckDigest(object Object, digest []byte) error {
	if sum := object.RowDigest(); string(sum[:]) != string(digest) {
		return fmt.Errorf("%w: the row of %s %q is not what its save wrote", ErrDamaged, object.Kind, object.Name)
	}
	return nil
}

// AppendText adds strings to what is hashed, each behind its length, so that no two lists of strings hash alike.
func AppendText(to []byte, parts ...string) []byte {
	for _, part := range parts {
		to = append(AppendNumber(to, int64(len(part))), part...)
	}
	return to
}

// AppendNumber adds a number to what is hashed, in eight bytes.
func AppendNumber(to []byte, value int64) []byte {
	return binary.BigEndian.AppendUint64(to, uint64(value)) //nolint:gosec // the bits are what counts
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// appendTime adds a time as it is stored, in milliseconds; 0 for none.
func appendTime(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return AppendNumber(to, 0)
	}
	return AppendNumber(to, at.UnixMilli())
}
