package local

import (
	"cmp"
	"context"
	"errors"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms/settings"
	"latchkey/tokens"
)

// unsetVersion is that of settings of which none was ever set.
const unsetVersion = "unset"

// SettingsNamed shows settings; no names are all.
func (p objects) SettingsNamed(ctx context.Context, names []string, view panel.View) ([]panel.SettingView, error) {
	if err := p.mayView(ctx, viewSettings); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		for _, setting := range settings.All() {
			names = append(names, setting.Name)
		}
	}
	var views []panel.SettingView
	err := p.Database.Read(ctx, func(state db.View) error {
		staged, err := p.stagedIn(ctx, state, view.Draft)
		if err != nil {
			return err
		}
		set, version, err := settingsIn(ctx, state, view.Staged, staged)
		if err != nil {
			return err
		}
		for _, name := range names {
			setting, err := settings.Find(name)
			if err != nil {
				return err
			}
			one := panel.SettingView{Setting: settingOf(setting, set), Version: version}
			for _, draft := range staged {
				if draft.Kind() == model.KindSetting {
					one.Draft = new(stagedOf(draft))
				}
			}
			views = append(views, one)
		}
		return nil
	})
	return views, err
}

func settingOf(setting settings.Setting, set settings.Settings) panel.Setting {
	return panel.Setting{Name: setting.Name, Value: orNull(setting.Value(set)), Default: setting.Default, For: setting.For, Values: setting.Values}
}

// settingsIn are the settings of a state or, where that is asked for, as a draft makes them, and their version.
func settingsIn(ctx context.Context, state db.View, asked bool, staged []drafts.Staged) (settings.Settings, string, error) {
	object, version, err := readObject(ctx, state, objectAsked{model.KindSetting, model.SettingsName, asked}, staged)
	if errors.Is(err, settings.ErrNotSet) {
		return settings.Settings{}, unsetVersion, nil
	}
	return object.Settings, cmp.Or(version, unsetVersion), err
}

// limitsIn are what the live settings say of every token.
func limitsIn(ctx context.Context, state db.View) (tokens.Limits, error) {
	set, _, err := settingsIn(ctx, state, false, nil)
	return set.TokenLimits(), err
}

func (s *steps) settingStep(operation panel.Operation) (step, error) {
	made := step{kind: model.KindSetting, name: model.SettingsName}
	var err error
	switch one := operation.(type) {
	case panel.SetSetting:
		made.change, made.revokeRules = edits.SetSetting(one.Name, one.Value), one.RevokeRules
		_, err = settings.Settings{}.With(one.Name, one.Value)
	case panel.UnsetSetting:
		made.change, made.revokeRules = edits.UnsetSetting(one.Name), one.RevokeRules
		made.so = []error{settings.ErrNotSet}
		_, err = settings.Find(one.Name)
	}
	return made, err
}

// SeedOf is the object with the settings of a new database that has this catalogue; none for "". [settings.ErrValue].
func SeedOf(catalogue string) ([]model.Object, error) {
	if catalogue == "" {
		return nil, nil
	}
	set, err := settings.Settings{}.With(settings.Catalogue, catalogue)
	return []model.Object{{Kind: model.KindSetting, Name: model.SettingsName, Settings: set}}, err
}
