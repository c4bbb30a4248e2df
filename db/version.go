package db

import (
	"crypto/sha256"
	"fmt"
)

// Version names the state of a live object: an object with another version is not as it was. It holds letters, digits and
// "-" alone.
func (o *Object) Version() string { return fmt.Sprintf("r%d", o.Revision) }

// Version names the state of a staged object, as [Object.Version] does that of a live one.
func (s Staged) Version() (string, error) {
	next, err := encodeObject(s.Next)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, next))
	return fmt.Sprintf("r%d-%x", s.Began, sum[:16]), nil
}
