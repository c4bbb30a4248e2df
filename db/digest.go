package db

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"
)

// rowDigest is the SHA-256 of everything that the live rows say of an object, its rules and roles included (D11).
func (o Object) rowDigest() [32]byte {
	sum := sha256.New()
	hashNumber(sum, o.ID)
	hashText(sum, string(o.Kind), o.Name, o.Note, o.Email)
	hashText(sum, string(o.Access.Current[:]), string(o.Access.Retiring[:]))
	for _, at := range []time.Time{o.Access.IssuedAt, o.Access.RetiringUntil, o.CreatedAt, o.ChangedAt} {
		hashTime(sum, at)
	}
	hashNumber(sum, o.Revision)
	hashNumber(sum, int64(len(o.Roles)))
	hashText(sum, o.Roles...)
	if definition, isResource := o.definition().(string); isResource {
		hashText(sum, definition)
	}
	for _, rule := range o.Rules {
		hashText(sum, rule.Pattern.String(), string(rule.Effect))
		hashTime(sum, rule.Until)
	}
	return [32]byte(sum.Sum(nil))
}

// checkDigest returns [ErrDamaged] unless an object that was read is what its save wrote.
func checkDigest(object Object, digest []byte) error {
	if sum := object.rowDigest(); string(sum[:]) != string(digest) {
		return fmt.Errorf("%w: the row of %s %q is not what its save wrote", ErrDamaged, object.Kind, object.Name)
	}
	return nil
}

// hashText adds strings to a hash, each behind its length, so that no two lists of strings hash alike.
func hashText(sum hash.Hash, parts ...string) {
	for _, part := range parts {
		hashNumber(sum, int64(len(part)))
		sum.Write([]byte(part))
	}
}

func hashNumber(sum hash.Hash, value int64) {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(value)) //nolint:gosec // the bits are what counts
	sum.Write(bytes[:])
}

// hashTime adds a time as it is stored, in milliseconds; 0 for none.
func hashTime(sum hash.Hash, at time.Time) {
	if at.IsZero() {
		hashNumber(sum, 0)
		return
	}
	hashNumber(sum, at.UnixMilli())
}
