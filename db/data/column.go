package data

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// column is a field that has a column of its own in its table.
type column struct {
	sql  string // what stands for it in a query
	kind columnKind
}

type columnKind int

const (
	number columnKind = iota
	date              // milliseconds since 1970
	text
)

// columns are fields by name, where there are no others.
type columns map[string]column

// names are the fields that there are, sorted.
func (c columns) names() []string { return slices.Sorted(maps.Keys(c)) }

func (c columns) condition(to *clause, condition Condition) error {
	column, known := c[condition.Field]
	if !known {
		return &ConditionError{Condition: condition, Problem: "is not known here: use one of " + strings.Join(c.names(), ", ")}
	}
	return column.condition(to, condition)
}

func (c columns) order(to *clause, field string) error {
	column, known := c[field]
	if !known {
		return &SortError{Known: c.names()}
	}
	to.add(column.sql)
	return nil
}

var comparisons = map[Operator]string{Equal: " = ", AtLeast: " >= ", AtMost: " <= "}

func (c column) condition(to *clause, condition Condition) error {
	wrong := func(problem string) error { return &ConditionError{Condition: condition, Problem: problem} }
	compare := comparisons[condition.Operator]
	switch c.kind {
	case number:
		value, ok := parseNumber(condition.Value)
		if !ok {
			return wrong("is not a number")
		}
		to.add(c.sql+compare+numberValue, value)
	case date:
		value, ok := ParseDate(condition.Value)
		if !ok {
			return wrong("is not a date of RFC 2822 or ISO 8601")
		}
		to.add(c.sql+compare+"?", value.UnixMilli())
	case text:
		if condition.Operator != Equal {
			return wrong("asks for a range of a text")
		}
		to.add("coalesce("+c.sql+", '') = ?", condition.Value)
	default:
		return fmt.Errorf("a column has the unknown kind %d", c.kind)
	}
	return nil
}

// numberValue reads a bound number by the reader that also reads the numbers of documents: another one may round
// differently, and what is equal in writing would not be equal.
const numberValue = "json_extract(?, '$')"

var numberForm = regexp.MustCompile(`^(-?)0*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$`)

// parseNumber reads a decimal number and gives it back as JSON writes numbers, without leading zeros.
func parseNumber(text string) (number string, ok bool) {
	parts := numberForm.FindStringSubmatch(text)
	if parts == nil {
		return "", false
	}
	return parts[1] + parts[2], true
}
