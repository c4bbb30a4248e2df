package cmd

import (
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/perms/username"
)

// quotas say how many bytes of documents there may be: of what has no quota of its own, and of what has.
type quotas struct {
	all  app.ByteCount
	each map[string]app.ByteCount
}

// readQuotas reads the values of a flag: 1G, or orders=5G for one name.
func readQuotas(flag string, values []string) (quotas, error) {
	read := quotas{each: map[string]app.ByteCount{}}
	for _, value := range values {
		name, number := "", value
		if at := strings.LastIndexByte(value, '='); at >= 0 { // a username may have one
			name, number = value[:at], value[at+1:]
		}
		var bytes app.ByteCount
		if err := bytes.Set(number); err != nil || name == "" && number != value {
			return quotas{}, app.WrongUsef("%s: %q is no quota: write it like 1G, or like NAME=1G for one of them", flag, value)
		}
		read.each[name] = bytes
	}
	read.all = read.each[""]
	delete(read.each, "")
	return read, nil
}

// readUserQuotas is readQuotas for users, who are known by canonical names.
func readUserQuotas(flag string, values []string) (quotas, error) {
	read, err := readQuotas(flag, values)
	if err != nil {
		return quotas{}, err
	}
	canonical := quotas{all: read.all, each: map[string]app.ByteCount{}}
	for name, bytes := range read.each {
		user, err := username.Canonical(name)
		if err != nil {
			return quotas{}, app.WrongUsef("%s: %w", flag, err)
		}
		canonical.each[user] = bytes
	}
	return canonical, nil
}

// of is the quota of a name in bytes; 0 for none.
func (q quotas) of(name string) int64 {
	if bytes, own := q.each[name]; own {
		return int64(bytes)
	}
	return int64(q.all)
}
