package edits

import (
	"fmt"

	"latchkey/db/model"
	"latchkey/perms/settings"
)

// SetSetting sets a setting. Errors of the change: [settings.ErrUnknown], [settings.ErrValue].
func SetSetting(name, value string) model.Change {
	return func(target *model.Target) error {
		next, err := settingsIn(target).With(name, value)
		if err == nil {
			keepSettings(target, next)
		}
		return err
	}
}

// UnsetSetting makes the default of a setting count. Errors of the change: [settings.ErrUnknown], [settings.ErrNotSet].
func UnsetSetting(name string) model.Change {
	return func(target *model.Target) error {
		was := settingsIn(target)
		next, err := was.Without(name)
		switch {
		case err != nil:
			return err
		case next == was:
			return fmt.Errorf("%s: %w", name, settings.ErrNotSet)
		}
		keepSettings(target, next)
		return nil
	}
}

func settingsIn(target *model.Target) settings.Settings {
	if target.Next == nil {
		return settings.Settings{}
	}
	return target.Next.Settings
}

func keepSettings(target *model.Target, next settings.Settings) {
	if target.Next == nil {
		target.Next = &model.Object{Kind: target.Kind, Name: target.Name}
	}
	target.Next.Settings = next
}
