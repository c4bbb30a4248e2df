package app

import (
	"fmt"
	"time"

	"latchkey/cmd/panel"
)

// ClockInWords says by how much the clock is wrong, and what follows.
func ClockInWords(behind panel.ClockBehind) string {
	return fmt.Sprintf("the clock is behind: it shows %s, but %s has passed; what ends with time counts as ended, and saves may only take away",
		behind.Shows.Format(time.RFC3339), behind.Passed.Format(time.RFC3339))
}
