package panel

// Edited is what an edit has done, and where it stands.
type Edited struct {
	Staged   bool      `json:"staged"`   // in the caller's draft, and live only after a save
	Saved    *Saved    `json:"saved"`    // null: this edit was not saved
	Changes  []Changed `json:"changes"`  // empty: it was already so
	Warnings []string  `json:"warnings"` // for people: what stands against the effect that was meant
	Hidden   []string  `json:"-"`        // built-in resources that it removed: they can come back as they were built. Not in the shape
}

// EditedToken is the answer that a token is made with: the only one that it is ever in.
type EditedToken struct {
	Issued
	Edited
}
