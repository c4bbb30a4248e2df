// Package settings has what an administrator can set for a whole database: which settings there are, what their values mean
// and what counts where nothing is set. It stores nothing and reads no clock.
package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// Errors of settings.
var (
	// ErrUnknown: there is no setting of the name.
	ErrUnknown = errorkind.Missing.New("no such setting")
	// ErrValue: a setting cannot have the value.
	ErrValue = errorkind.Invalid.New("unusable value")
	// ErrExceeds: something is longer than a setting allows.
	ErrExceeds = errorkind.State.New("a setting does not allow it")
	// ErrNotSet: what is to be unset is not set.
	ErrNotSet = errorkind.Absent.New("not set")
)

// Settings are those of one database. The zero value is that of one in which nothing was set. Values are comparable; copy them
// freely.
type Settings struct {
	Catalogue string        // [CatalogueStore] or [CatalogueNone]; empty: not set
	MaxGrace  time.Duration // the longest grace of a retiring token; 0: not set

	MaxLifetime     time.Duration // how long tokens work at most, from when they were made; 0: not set
	DefaultLifetime time.Duration // how long new tokens work of which nothing else is said; 0: not set

	// EndedUntil is no setting: tokens made at this moment or before had ended when a MaxLifetime was widened, and stay ended.
	EndedUntil time.Time
}

// The values of the setting catalogue.
const (
	CatalogueStore = "store" // the embedded store is what a database begins with
	CatalogueNone  = "none"  // only latchkey's own resources are there from the start
)

// The names of the settings.
const (
	Catalogue = "catalogue"
	MaxGrace  = "token.max-grace"

	MaxLifetime     = "token.max-lifetime"
	DefaultLifetime = "token.default-lifetime"
)

// EndedUntil is the name under which [Settings.EndedUntil] is stored and recorded.
const EndedUntil = "token.ended-until"

// Setting is one of the settings that there are.
type Setting struct {
	Name    string
	For     string // what it is for, one line
	Values  string // which values it takes, for people
	Default string // what counts where it is not set

	get func(Settings) string
	set func(*Settings, string) error // "" unsets
}

// table has all settings by name.
var table = []Setting{
	{Catalogue, "the resources that are there from the start", "store or none", CatalogueStore,
		func(s Settings) string { return s.Catalogue }, setCatalogue},
	{DefaultLifetime, "how long a new token works where nothing else is said", "a span such as 90d", "",
		func(s Settings) string { return perms.FormatSpan(s.DefaultLifetime) },
		func(s *Settings, text string) error { return setSpan(&s.DefaultLifetime, text, mostLifetime) }},
	{MaxGrace, "the longest time that a replaced token may work on", "a span such as 24h or 7d, at most 30d", "30d",
		func(s Settings) string { return perms.FormatSpan(s.MaxGrace) },
		func(s *Settings, text string) error { return setSpan(&s.MaxGrace, text, mostGrace) }},
	{MaxLifetime, "how long a token works at most, from when it was made", "a span such as 365d", "",
		func(s Settings) string { return perms.FormatSpan(s.MaxLifetime) },
		func(s *Settings, text string) error { return setSpan(&s.MaxLifetime, text, mostLifetime) }},
}

// mostGrace is the longest grace that can be set; without a setting it is as long.
const mostGrace = 30 * 24 * time.Hour

// mostLifetime is the longest lifetime that can be set or asked for: ten years.
const mostLifetime = 3650 * 24 * time.Hour

// All lists the settings by name, as copies.
func All() []Setting { return slices.Clone(table) }

// Find returns the setting of a name. [ErrUnknown], which names those there are.
func Find(name string) (Setting, error) {
	var names []string
	for _, one := range table {
		if one.Name == name {
			return one, nil
		}
		names = append(names, one.Name)
	}
	return Setting{}, fmt.Errorf("%w: %.64q: there are %s", ErrUnknown, name, strings.Join(names, ", "))
}

// Value is the value of a setting in its one form; "" where it is not set.
func (s Setting) Value(of Settings) string { return s.get(of) }

// With is the settings with another value of one. [ErrUnknown], [ErrValue].
func (s Settings) With(name, value string) (Settings, error) {
	setting, err := Find(name)
	if err != nil {
		return s, err
	}
	if value == "" {
		return s, fmt.Errorf("%w of %s: it is empty: use %s", ErrValue, name, setting.Values)
	}
	next := s
	if err := setting.set(&next, value); err != nil {
		return s, fmt.Errorf("%w of %s: %w", ErrValue, name, err)
	}
	if next.MaxLifetime > 0 && next.DefaultLifetime > next.MaxLifetime {
		return s, fmt.Errorf("%w: %s %s would be longer than %s %s", ErrExceeds, DefaultLifetime, perms.FormatSpan(next.DefaultLifetime), MaxLifetime, perms.FormatSpan(next.MaxLifetime))
	}
	return next, nil
}

// Without is the settings without one. [ErrUnknown].
func (s Settings) Without(name string) (Settings, error) {
	setting, err := Find(name)
	if err == nil {
		err = setting.set(&s, "")
	}
	return s, err
}

// Value is the value of the setting of a name; "" where it is not set, or there is none of the name.
func (s Settings) Value(name string) string {
	setting, err := Find(name)
	if err != nil {
		return ""
	}
	return setting.Value(s)
}

// Embedded is the catalogue over which the resources of the database are laid.
func (s Settings) Embedded() *perms.Catalogue {
	if s.Catalogue == CatalogueNone {
		return perms.Own()
	}
	return perms.Store()
}

func setCatalogue(s *Settings, text string) error {
	if text != "" && text != CatalogueStore && text != CatalogueNone {
		return fmt.Errorf("%.64q is neither %s nor %s", text, CatalogueStore, CatalogueNone)
	}
	s.Catalogue = text
	return nil
}

// setSpan sets a span of at least a second and at most the longest one.
func setSpan(to *time.Duration, text string, longest time.Duration) error {
	if text == "" {
		*to = 0
		return nil
	}
	span, err := perms.ParseSpan(text)
	switch {
	case err != nil:
		return err
	case span < time.Second || span%time.Second != 0:
		return fmt.Errorf("%.64q is not a number of whole seconds, at least 1", text)
	case span > longest:
		return fmt.Errorf("%.64q is longer than %s", text, perms.FormatSpan(longest))
	}
	*to = span
	return nil
}

func endedUntil(text string, others error) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), errors.Join(others, err)
}

// MarshalJSON writes the settings that are set, by name.
func (s Settings) MarshalJSON() ([]byte, error) {
	values := map[string]string{}
	for _, setting := range table {
		if value := setting.Value(s); value != "" {
			values[setting.Name] = value
		}
	}
	if !s.EndedUntil.IsZero() {
		values[EndedUntil] = s.EndedUntil.UTC().Format(time.RFC3339Nano)
	}
	return json.Marshal(values)
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else.
func (s *Settings) UnmarshalJSON(content []byte) error {
	var values map[string]string
	if err := json.Unmarshal(content, &values); err != nil {
		return err
	}
	var read Settings
	var err error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		if name == EndedUntil {
			read.EndedUntil, err = endedUntil(value, err)
			continue
		}
		next, oneErr := read.With(name, value)
		read, err = next, errors.Join(err, oneErr)
	}
	if again, marshalErr := json.Marshal(read); err == nil && (marshalErr != nil || !bytes.Equal(again, content)) {
		err = fmt.Errorf("%w: not in the form in which they are stored", ErrValue)
	}
	if err == nil {
		*s = read
	}
	return err
}
