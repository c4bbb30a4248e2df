package panel

// Operator is who edits at the command line. It is a claim, not a proof, and As is a guard-rail, not a wall: who can write
// the database file can leave it out.
type Operator struct {
	Name    string // "os:ann"
	KnownBy string // how the name is known, such as "SUDO_USER, account lksvc"
	As      string // the user by whose permissions, and on whose drafts, everything is done; "": everything is permitted
}

// Owner is the operator as the owner of drafts: "os:ann", or "user:alice" who is acted as.
func (o Operator) Owner() string {
	if o.As != "" {
		return "user:" + o.As
	}
	return o.Name
}
