package model

import "fmt"

// Version names the state of a live object: an object with another version is not as it was. It holds letters, digits and
// "-" alone.
func (o *Object) Version() string { return fmt.Sprintf("r%d", o.Revision) }
