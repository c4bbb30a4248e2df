package data

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
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
		if value, ok = exact(value); !ok {
			return wrong(tooLarge)
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

// tooLarge is the problem of a number that [exact] refuses.
const tooLarge = "is a number with more digits than can be compared: take one below 9223372036854775807, without a fraction from 9007199254740992 on"

// exact gives a number back in a form that SQLite compares as it is: as an int64, or as a double where doubles are close
// enough together for what stands behind the point. Beyond these, different numbers would be taken for equal.
func exact(number string) (string, bool) {
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil {
		return number, whole != math.MinInt64 // below which doubles begin, with itself
	}
	value, err := strconv.ParseFloat(number, 64)
	switch size := math.Abs(value); {
	case err != nil || size >= 1<<63:
		return "", false
	case size < 1<<53:
		return number, true
	}
	whole, ok := new(big.Rat).SetString(number) // its exponent is no larger than the number is long
	if !ok || !whole.IsInt() || !whole.Num().IsInt64() {
		return "", false
	}
	return whole.Num().String(), true
}
