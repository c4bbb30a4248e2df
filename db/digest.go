package db

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// rowDigest is the SHA-256 of everything that the live rows say of an object, its rules and roles included (D11).
func (o *Object) rowDigest() [32]byte { return sha256.Sum256(o.appendContent(nil)) }

// appendContent adds to a buffer what the digest covers.
func (o *Object) appendContent(to []byte) []byte {
	to = appendNumber(to, o.ID)
	to = appendText(to, string(o.Kind), o.Name, o.Note, o.Email)
	to = append(appendNumber(to, int64(len(o.Access.Current))), o.Access.Current[:]...)
	to = append(appendNumber(to, int64(len(o.Access.Retiring))), o.Access.Retiring[:]...)
	for _, at := range [...]time.Time{o.Access.IssuedAt, o.Access.RetiringUntil, o.CreatedAt, o.ChangedAt} {
		to = appendTime(to, at)
	}
	to = appendNumber(to, o.Revision)
	to = appendNumber(to, int64(len(o.Roles)))
	to = appendText(to, o.Roles...)
	if definition, isResource := o.definition().(string); isResource {
		to = appendText(to, definition)
	}
	for _, rule := range o.Rules {
		to = appendNumber(to, int64(len(rule.Pattern.Resource)+len(":")+len(rule.Pattern.Action)))
		to = append(append(append(to, rule.Pattern.Resource...), ':'), rule.Pattern.Action...)
		to = appendText(to, string(rule.Effect))
		to = appendTime(to, rule.Until)
	}
	return to
}

// checkDigest returns [ErrDamaged] unless an object that was read is what its save wrote.
func checkDigest(object Object, digest []byte) error {
	if sum := object.rowDigest(); string(sum[:]) != string(digest) {
		return fmt.Errorf("%w: the row of %s %q is not what its save wrote", ErrDamaged, object.Kind, object.Name)
	}
	return nil
}

// appendText adds strings to what is hashed, each behind its length, so that no two lists of strings hash alike.
func appendText(to []byte, parts ...string) []byte {
	for _, part := range parts {
		to = append(appendNumber(to, int64(len(part))), part...)
	}
	return to
}

func appendNumber(to []byte, value int64) []byte {
	return binary.BigEndian.AppendUint64(to, uint64(value)) //nolint:gosec // the bits are what counts
}

// appendTime adds a time as it is stored, in milliseconds; 0 for none.
func appendTime(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return appendNumber(to, 0)
	}
	return appendNumber(to, at.UnixMilli())
}
