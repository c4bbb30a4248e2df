package app

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"latchkey/cmd/panel"
)

// ByteCount is a flag value: a number of bytes, such as 10M.
type ByteCount int64

// String is the flag's value.
func (b *ByteCount) String() string { return strconv.FormatInt(int64(*b), 10) }

// Type is the word for the value in help texts.
func (b *ByteCount) Type() string { return "bytes" }

// Set reads the flag.
func (b *ByteCount) Set(text string) error {
	units := map[byte]int64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}
	number, unit := text, int64(1)
	if text != "" {
		unit = cmp.Or(units[text[len(text)-1]], 1)
	}
	if unit > 1 {
		number = text[:len(text)-1]
	}
	count, err := strconv.ParseInt(number, 10, 64)
	if err != nil || count < 0 || count > (1<<62)/unit {
		return fmt.Errorf("%q is no number of bytes: write it like 500000, 64K, 10M or 1G", text)
	}
	*b = ByteCount(count * unit)
	return nil
}

// MinFree is a flag value: how much of a volume is left free, in bytes or as a part of it, such as 5%.
type MinFree struct {
	text string
	room panel.Room
}

// MinFreeUsage is what the flag does, with the default.
const MinFreeUsage = "leave this much of the volume free, in `bytes` such as 64M or as a part such as 5%; 0 for none (default the smaller of 64M and 5%)"

// String is the flag's value.
func (m *MinFree) String() string { return m.text }

// Type is the word for the value in help texts.
func (m *MinFree) Type() string { return "bytes" }

// Set reads the flag.
func (m *MinFree) Set(text string) error {
	read := MinFree{text: text}
	if number, isPart := strings.CutSuffix(text, "%"); isPart {
		percent, err := strconv.ParseUint(number, 10, 31)
		if err != nil || percent > 90 {
			return fmt.Errorf("%q is no part of a volume: write it like 5%%, up to 90%%", text)
		}
		read.room.Percent = int64(percent)
	} else if err := (*ByteCount)(&read.room.Bytes).Set(text); err != nil {
		return fmt.Errorf("%w, or like 5%%", err)
	}
	*m = read
	return nil
}

// Room is what is left free; nil where the flag is not given.
func (m *MinFree) Room() *panel.Room {
	if m.text == "" {
		return nil
	}
	return &m.room
}
