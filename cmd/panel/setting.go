package panel

// Setting is one setting of the database.
type Setting struct {
	Name    string  `json:"name"`
	Value   *string `json:"value"`   // null: it is not set
	Default string  `json:"default"` // what counts where it is not set; empty: nothing
	For     string  `json:"for"`     // for people
	Values  string  `json:"values"`  // which it takes, for people
}

// SettingView is a setting as it is looked at. Version and draft are of all settings, which are one object.
type SettingView struct {
	Setting
	Version string
	Draft   *Staged
}

type (
	// SetSetting sets a setting.
	SetSetting struct {
		Name, Value string
		// RevokeRules: where resources go by it, the rules for their permissions are revoked with them.
		RevokeRules bool
	}
	// UnsetSetting makes the default count.
	UnsetSetting struct {
		Name        string
		RevokeRules bool
	}
)

func (SetSetting) operation()   {}
func (UnsetSetting) operation() {}
