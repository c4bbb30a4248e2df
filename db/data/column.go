package data

import (
	"fmt"
	"regexp"
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

// condition: a field that there is not has no value, so that nothing is left.
func (c columns) condition(to *clause, condition Condition) error {
	column, known := c[condition.Field]
	if !known {
		to.add("FALSE")
		return nil
	}
	return column.condition(to, condition)
}

// order: what has no such field is all equal in it.
func (c columns) order(to *clause, field string) {
	column, known := c[field]
	if !known {
		to.add("NULL")
		return
	}
	to.add(column.sql)
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
