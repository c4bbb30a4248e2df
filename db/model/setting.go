package model

import (
	"fmt"
	"time"

	"latchkey/perms/settings"
)

// SettingsName is the name of the one object of kind setting: it has all settings, each a field of its own.
const SettingsName = "all"

// fieldsOfSettings are those that are set.
func (o *Object) fieldsOfSettings() Record {
	var record Record
	for _, setting := range settings.All() {
		if value := setting.Value(o.Settings); value != "" {
			record = append(record, Field{setting.Name, value})
		}
	}
	if !o.Settings.EndedUntil.IsZero() {
		record = append(record, Field{settings.EndedUntil, o.Settings.EndedUntil.Format(time.RFC3339Nano)})
	}
	return record
}

// setOfSettings is [Object.SetField] of settings.
func (o *Object) setOfSettings(field, value string) (err error) {
	next := o.Settings
	switch {
	case field == FieldName:
		o.Name = value
		return nil
	case field == settings.EndedUntil:
		return nil // it is moved by the save, and to later alone
	case value == "":
		next, err = next.Without(field)
	default:
		next, err = next.With(field, value)
	}
	if err != nil {
		return fmt.Errorf("%w: reading a recorded setting: %w", ErrDamaged, err)
	}
	o.Settings = next
	return nil
}

// carryOfSettings is [Carry] of settings.
func carryOfSettings(field string, from, to *Object) {
	if value := from.Settings.Value(field); value != "" {
		to.Settings, _ = to.Settings.With(field, value) // it is the value of one
	} else {
		to.Settings, _ = to.Settings.Without(field) // a field that is no setting is the name, which stays
	}
}

// SettingsOf are the settings among live objects of that kind, by name.
func SettingsOf(objects map[string]*Object) settings.Settings {
	if all := objects[SettingsName]; all != nil {
		return all.Settings
	}
	return settings.Settings{}
}

// storedSettings are the settings of an object that has some; nil for objects of other kinds.
func (o *Object) storedSettings() *settings.Settings {
	if o.Kind != KindSetting {
		return nil
	}
	return &o.Settings
}
