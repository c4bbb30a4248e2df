package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/serve/api"
)

// noLimit is the word for a rate that sets none.
const noLimit = "off"

// rate is a flag value such as 100/1m: so many in so long.
type rate struct{ api.Rate }

// String is the flag's value.
func (r *rate) String() string {
	if r.Events == 0 {
		return noLimit
	}
	per := app.Duration{Duration: r.Per}
	text := per.String()
	for _, none := range []string{"m0s", "h0m"} { // "1h0m0s" is read more easily as "1h"
		if short, ok := strings.CutSuffix(text, none); ok {
			text = short + none[:1]
		}
	}
	return strconv.Itoa(r.Events) + "/" + text
}

// Type is the word for the value in help texts.
func (r *rate) Type() string { return "rate" }

// Set reads the flag.
func (r *rate) Set(text string) error {
	if text == noLimit {
		r.Rate = api.Rate{}
		return nil
	}
	count, length, _ := strings.Cut(text, "/")
	events, err := strconv.ParseUint(count, 10, 31)
	var per app.Duration
	if err == nil {
		err = per.Set(length)
	}
	if err != nil || events == 0 || per.Duration <= 0 {
		return fmt.Errorf("%q is no rate: use one like 100/1m or 5000/24h, or %s", text, noLimit)
	}
	r.Rate = api.Rate{Events: int(events), Per: per.Duration}
	return nil
}
