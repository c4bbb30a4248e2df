package cmd

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// duration is a flag value that also knows days and weeks.
type duration struct{ time.Duration }

// String is the flag's value.
func (d *duration) String() string {
	if d.Duration == 0 {
		return ""
	}
	return d.Duration.String()
}

// Type is the word for the value in help texts.
func (d *duration) Type() string { return "duration" }

// Set reads the flag.
func (d *duration) Set(text string) error {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		count, ok := strings.CutSuffix(text, suffix)
		if !ok {
			continue
		}
		number, err := strconv.ParseUint(count, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no duration: use one like 90m, 24h or 7d", text)
		}
		d.Duration = time.Duration(number) * unit
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration: use one like 90m, 24h or 7d", text)
	}
	d.Duration = parsed
	return nil
}
