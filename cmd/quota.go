package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/perms/username"
)

// quotas is a flag value such as 1G or orders=5G, given once for all names and once for each that has another.
type quotas struct {
	all  app.ByteCount
	each map[string]app.ByteCount
}

// String is the flag's values.
func (q *quotas) String() string {
	var values []string
	if q.all != 0 {
		values = append(values, q.all.String())
	}
	for _, name := range slices.Sorted(maps.Keys(q.each)) {
		bytes := q.each[name]
		values = append(values, name+"="+bytes.String())
	}
	return strings.Join(values, " ")
}

// Type is the word for the value in help texts.
func (q *quotas) Type() string { return "bytes" }

// Set reads the flag, once more each time that it is given.
func (q *quotas) Set(text string) error {
	var bytes app.ByteCount
	name, number := "", text
	if at := strings.LastIndexByte(text, '='); at >= 0 { // a username may have one
		name, number = text[:at], text[at+1:]
	}
	if err := bytes.Set(number); err != nil || name == "" && number != text {
		return fmt.Errorf("%q is no quota: write it like 1G, or like NAME=1G for one of them", text)
	}
	if name == "" {
		q.all = bytes
		return nil
	}
	if q.each == nil {
		q.each = map[string]app.ByteCount{}
	}
	q.each[name] = bytes
	return nil
}

// canonical makes all names canonical, by which users are known.
func (q *quotas) canonical() error {
	each := map[string]app.ByteCount{}
	for name, bytes := range q.each {
		canonical, err := username.Canonical(name)
		if err != nil {
			return err
		}
		each[canonical] = bytes
	}
	q.each = each
	return nil
}

// of is the quota of a name in bytes; 0 for none.
func (q *quotas) of(name string) int64 {
	if bytes, own := q.each[name]; own {
		return int64(bytes)
	}
	return int64(q.all)
}
