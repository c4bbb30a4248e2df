// Package setting is the commands about settings: looking at them and changing them.
package setting

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
	"latchkey/perms/settings"
)

// Commands are the commands of this package.
func Commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{app.Noun("settings", "Settings: what counts for the whole database", `
Settings count for all users and all servers of a database. They are staged and saved like users, and take effect with the
save, at servers that run too. save, diff and discard name them setting:all, as all of them are one object. With --as it takes
settings:view to look at them, and *:* to change one, as that may end anybody's access.

`+table(), `
  latchkey settings show
  latchkey settings set token.max-grace 24h
  latchkey settings unset token.max-grace --save`,
		newShow(a), newSet(a), newUnset(a))}
}

// table lists the settings for the help.
func table() string {
	var lines strings.Builder
	for _, setting := range settings.All() {
		lines.WriteString("  " + setting.Name + strings.Repeat(" ", 24-len(setting.Name)) + setting.For + ": " + setting.Values + "\n")
	}
	return lines.String()
}

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show [SETTING…]", SuggestFor: []string{"list", "ls", "get"}, Short: "Show the live settings", Args: cobra.ArbitraryArgs,
		Long: "Show the live settings: name, value and, where it is not set, the default that counts.",
		Example: app.TrimExample(`
  latchkey settings show
  latchkey settings show catalogue --field value`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return show(command.Context(), a, args) },
	}
}

func show(ctx context.Context, a *app.App, names []string) error {
	return a.Panel(ctx, false, func(p panel.Panel) error {
		views, err := p.SettingsNamed(ctx, names, panel.View{Draft: a.DraftName()})
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"name", "value", "default", "for"}, Flexible: []string{"for"}}}
		for i, one := range views {
			if i == 0 {
				view.MentionStaged(a, one.Draft)
			}
			var value string
			if one.Value != nil {
				value = *one.Value
			}
			list.Add(one.Name, one.Setting, []ui.Cell{{Text: one.Name, Style: ui.Strong}, {Text: value}, {Text: one.Default, Style: ui.Dim},
				{Text: one.For, Style: ui.Dim}})
		}
		return a.PrintList(list, "no settings")
	})
}

func newSet(a *app.App) *cobra.Command {
	var options staging.Options
	var revokeRules bool
	command := &cobra.Command{
		Use: "set SETTING VALUE", Short: "Stage a setting", Args: app.Exactly(2, "the name of a setting, and its value"),
		Example: app.TrimExample(`
  latchkey settings set token.max-grace 24h
  latchkey settings set catalogue none --save -m "an API of our own"`),
		Annotations: app.EditExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return staging.Edit(command.Context(), a, options, panel.SetSetting{Name: args[0], Value: args[1], RevokeRules: revokeRules})
		},
	}
	options.AddFlags(command)
	addRevokeRules(command, &revokeRules)
	return command
}

func newUnset(a *app.App) *cobra.Command {
	var options staging.Options
	var revokeRules bool
	command := &cobra.Command{
		Use: "unset SETTING…", SuggestFor: []string{"remove", "reset"}, Short: "Stage the default of settings", Args: app.AtLeast(1, "the name of a setting"),
		Example: app.TrimExample(`
  latchkey settings unset token.max-grace
  latchkey settings unset catalogue --ensure --save`),
		Annotations: app.EditExits(app.ExitUnknown),
		RunE: func(command *cobra.Command, args []string) error {
			return staging.Edit(command.Context(), a, options, staging.ForEach(args, func(name string) panel.Operation {
				return panel.UnsetSetting{Name: name, RevokeRules: revokeRules}
			})...)
		},
	}
	options.AddFlags(command)
	addRevokeRules(command, &revokeRules)
	return command
}

func addRevokeRules(command *cobra.Command, revokeRules *bool) {
	command.Flags().BoolVar(revokeRules, "revoke-rules", false, "revoke the rules for the permissions of resources that go with the store")
}
