package app

import (
	"time"

	"latchkey/perms"
)

// duration is a flag value that also knows days and weeks.
type Duration struct{ time.Duration }

// String is the flag's value.
func (d *Duration) String() string {
	if d.Duration == 0 {
		return ""
	}
	return d.Duration.String()
}

// Type is the word for the value in help texts.
func (d *Duration) Type() string { return "duration" }

// Set reads the flag.
func (d *Duration) Set(text string) (err error) {
	d.Duration, err = perms.ParseSpan(text)
	return err
}
