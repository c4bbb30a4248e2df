package data_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db/data"
)

// The model of filters, sorting and paging: plain Go on decoded JSON, written from what [data.List] says and not from
// what it does.

// nastyNames are names of fields that a query could stumble over.
var nastyNames = []string{"a", "b", "name", `a"b`, `a\b`, "a.b", "[0]", "$", "$.a", "", "'", `') OR 1=1 --`, "é", "\U0001F600",
	"a\x00b", "\u2028", "<&>", "#-1", "?", "?1", ":a", "@a", "resource", "body", "min_", "max_a", "rowid", "number", `\u0061`}

// plainTexts are texts that a document and a filter have in common often enough.
var plainTexts = []string{"", "x", "X", "true", "false", "null", "1", "0", "01", "1.0", "1.50", "-2", "1e3", "12.5000", " 1", "[1]", "{}", `"x"`,
	"2026-03-01", "2026-03-01T12:00:00Z", "Sun, 01 Mar 2026 12:00:00 +0000", "Sun, 01 Mar 2026 14:00:00 +0200", "2026-02-30", "%", "_", "'", "\x00", "Ω"}

var jsonNumbers = []string{"0", "1", "-2", "2.5", "1.50", "1e3", "0.1", "12.5", "9007199254740993", "9223372036854775807", "-0.0", "1e400", "12e4567",
	"9223372036854775808", "18446744073709551614", "18446744073709551615", "1e18", "-9223372036854775808"}

func aValue(t *rapid.T) any {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		return json.Number(rapid.SampledFrom(jsonNumbers).Draw(t, "number"))
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return nil
	case 3:
		return []any{json.Number("1")}
	case 4:
		return map[string]any{"a": "x"}
	}
	return rapid.SampledFrom(plainTexts).Draw(t, "text")
}

// modelDocument is a document as the model knows it.
type modelDocument struct {
	id               int64
	created, updated time.Time
	fields           map[string]any
}

var numberText = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// jsonNumberText is the same of JSON alone: without leading zeros, with white space around.
var jsonNumberText = regexp.MustCompile(`^[ \t\n\r]*-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?[ \t\n\r]*$`)

// compareNumbers compares what is an int64 exactly, and the rest as float64.
func compareNumbers(a, b string) int { return valueOf(a).Cmp(valueOf(b)) }

func valueOf(number string) *big.Float {
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil {
		return new(big.Float).SetInt64(whole)
	}
	rounded, _ := strconv.ParseFloat(number, 64)
	return big.NewFloat(rounded)
}

// isLarge tells whether a number to compare with is beyond what int64 and float64 keep apart. One from 2^53 on is an integer,
// however written.
func isLarge(number string) bool {
	value, _, err := big.ParseFloat(number, 10, 500, big.ToNearestEven)
	if err != nil || value.IsInf() {
		return true
	}
	limit, exactUpTo := new(big.Float).SetMantExp(big.NewFloat(1), 63), new(big.Float).SetMantExp(big.NewFloat(1), 53)
	size := new(big.Float).Abs(value)
	return size.Cmp(limit) >= 0 || size.Cmp(exactUpTo) >= 0 && !value.IsInt()
}

func withoutZeros(number string) string {
	sign, digits := "", number
	if strings.HasPrefix(number, "-") {
		sign, digits = "-", number[1:]
	}
	for len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		digits = digits[1:]
	}
	return sign + digits
}

func holds(operator data.Operator, order int) bool {
	switch operator {
	case data.AtLeast:
		return order >= 0
	case data.AtMost:
		return order <= 0
	case data.Equal:
	}
	return order == 0
}

var errModel = errors.New("no such condition")

// meets tells whether a document meets a condition; the error is that of a condition which none could meet.
func (d modelDocument) meets(condition data.Condition) (bool, error) {
	date, isDate := data.ParseDate(condition.Value)
	isNumber := numberText.MatchString(condition.Value)
	switch condition.Field {
	case "id":
		if !isNumber || isLarge(condition.Value) {
			return false, errModel
		}
		return holds(condition.Operator, compareNumbers(fmt.Sprint(d.id), condition.Value)), nil
	case "date_created", "date_modified":
		if !isDate {
			return false, errModel
		}
		at := d.created
		if condition.Field == "date_modified" {
			at = d.updated
		}
		return holds(condition.Operator, at.Compare(date)), nil
	}
	if condition.Operator != data.Equal && (!isNumber && !isDate || isNumber && isLarge(condition.Value)) {
		return false, errModel
	}
	value, has := d.fields[condition.Field]
	switch value := value.(type) {
	case string:
		if condition.Operator == data.Equal {
			other, also := data.ParseDate(value)
			return value == condition.Value || (isDate && also && other.Equal(date)), nil
		}
		if isNumber {
			return jsonNumberText.MatchString(value) && holds(condition.Operator, compareNumbers(strings.TrimSpace(value), condition.Value)), nil
		}
		other, also := data.ParseDate(value)
		return also && holds(condition.Operator, other.Compare(date)), nil
	case json.Number:
		if isNumber && isLarge(condition.Value) {
			return value.String() == withoutZeros(condition.Value), nil
		}
		return isNumber && holds(condition.Operator, compareNumbers(value.String(), condition.Value)), nil
	case bool:
		names := map[bool][]string{true: {"true", "1"}, false: {"false", "0"}}[value]
		return condition.Operator == data.Equal && slices.Contains(names, condition.Value), nil
	case nil:
		return has && condition.Operator == data.Equal && condition.Value == "", nil
	}
	return false, nil
}

// rank is a value's place among values of other kinds, and what it is compared by within its own.
func rank(value any) (kind int, number float64, text string) {
	switch value := value.(type) {
	case nil:
		return 0, 0, ""
	case bool:
		return 1, map[bool]float64{true: 1}[value], ""
	case json.Number:
		number, _ := strconv.ParseFloat(value.String(), 64)
		return 1, number + 0, ""
	case string:
		return 2, 0, value
	}
	written, _ := json.Marshal(value)
	return 2, 0, string(written)
}

func (d modelDocument) sortValue(field string) any {
	switch field {
	case "id":
		return json.Number(fmt.Sprint(d.id))
	case "date_created":
		return json.Number(fmt.Sprint(d.created.Unix()))
	case "date_modified":
		return json.Number(fmt.Sprint(d.updated.Unix()))
	}
	return d.fields[field]
}

// modelOf is the model of a whole query.
func modelOf(documents []modelDocument, query data.Query) (ids []int64, all int64, err error) {
	var left []modelDocument
	for _, condition := range query.Where { // wrong whether there is a document or not
		if _, err := (modelDocument{}).meets(condition); err != nil {
			return nil, 0, err
		}
	}
	for _, document := range documents {
		all := true
		for _, condition := range query.Where {
			meets, err := document.meets(condition)
			if err != nil {
				return nil, 0, err
			}
			all = all && meets
		}
		if all {
			left = append(left, document)
		}
	}
	slices.SortStableFunc(left, func(a, b modelDocument) int {
		for _, order := range query.Sort {
			aKind, aNumber, aText := rank(a.sortValue(order.Field))
			bKind, bNumber, bText := rank(b.sortValue(order.Field))
			result := cmp.Or(cmp.Compare(aKind, bKind), cmp.Compare(aNumber, bNumber), strings.Compare(aText, bText))
			if order.Descending {
				result = -result
			}
			if result != 0 {
				return result
			}
		}
		return cmp.Compare(a.id, b.id)
	})
	for i, document := range left {
		if int64(i) >= (query.Page-1)*query.Limit && int64(i) < query.Page*query.Limit {
			ids = append(ids, document.id)
		}
	}
	return ids, int64(len(left)), nil
}

func aQuery(t *rapid.T) data.Query {
	names := slices.Concat(nastyNames, []string{"id", "date_created", "date_modified", "a", "a", "b"})
	values := slices.Concat(plainTexts, jsonNumbers, []string{"-0", "00", "007", "NaN", "Inf", "0x1", "1_0", "2026-03-01T12:00:03Z", "Sun, 01 Mar 2026 12:00:05 GMT"})
	field := rapid.SampledFrom(names)
	query := data.Query{Page: rapid.Int64Range(1, 3).Draw(t, "page"), Limit: rapid.Int64Range(1, 20).Draw(t, "limit")}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		query.Where = append(query.Where, data.Condition{
			Field:    field.Draw(t, "field"),
			Operator: rapid.SampledFrom([]data.Operator{data.Equal, data.AtLeast, data.AtMost}).Draw(t, "operator"),
			Value:    rapid.SampledFrom(values).Draw(t, "value"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		query.Sort = append(query.Sort, data.Order{Field: field.Draw(t, "key"), Descending: rapid.Bool().Draw(t, "descending")})
	}
	return query
}

// TestQueriesAgainstModel asks many queries of many documents, and deletes by some of them.
func TestQueriesAgainstModel(t *testing.T) {
	t.Parallel()
	file, clock := fresh(t)
	collections := 0
	rapid.Check(t, func(t *rapid.T) {
		collections++
		collection := data.Collection{Resource: fmt.Sprint("things", collections)}
		var documents []modelDocument
		for range rapid.IntRange(0, 12).Draw(t, "documents") {
			clock.advance(time.Second)
			fields := map[string]any{}
			for range rapid.IntRange(0, 4).Draw(t, "fields") {
				if name := rapid.SampledFrom(nastyNames).Draw(t, "name"); !strings.Contains(name, "\x00") { // refused
					fields[name] = aValue(t)
				}
			}
			made, err := file.Create(t.Context(), collection, encoded(t, fields), nil)
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, modelDocument{made.ID, made.CreatedAt, made.UpdatedAt, fields})
		}
		for range 10 {
			query := aQuery(t)
			checkQuery(t, file, collection, documents, query)
		}
		query := aQuery(t)
		query.Sort, query.Page, query.Limit = nil, 1, math.MaxInt32
		gone, _, err := modelOf(documents, query)
		if got := file.DeleteAll(t.Context(), collection, query.Where, nil); (got != nil) != (err != nil) {
			t.Fatalf("deleting %+v: got %v, want %v", query.Where, got, err)
		}
		documents = slices.DeleteFunc(documents, func(d modelDocument) bool { return slices.Contains(gone, d.id) })
		checkQuery(t, file, collection, documents, data.Query{Page: 1, Limit: 100})
	})
}

func checkQuery(t *rapid.T, file *data.Data, collection data.Collection, documents []modelDocument, query data.Query) {
	want, all, wantErr := modelOf(documents, query)
	list, err := file.List(t.Context(), collection, query)
	count, countErr := file.Count(t.Context(), collection, query.Where)
	var wrong *data.ConditionError
	if wantErr != nil {
		if !errors.As(err, &wrong) || !errors.As(countErr, &wrong) {
			t.Fatalf("%+v: got %v and %v, want a ConditionError", query, err, countErr)
		}
		return
	}
	if sortedByNothing(documents, query.Sort) {
		if unsortable := (*data.SortError)(nil); !errors.As(err, &unsortable) || countErr != nil {
			t.Fatalf("%+v: got %v and %v, want a SortError of the list alone", query, err, countErr)
		}
		return
	}
	if err != nil || countErr != nil || !slices.Equal(numbers(list), want) || count != all {
		t.Fatalf("%+v of %+v: got %v of %d, %v, %v, want %v of %d", query, documents, numbers(list), count, err, countErr, want, all)
	}
}

// sortedByNothing is the model of what cannot be sorted: there are documents, and none has one of the fields.
func sortedByNothing(documents []modelDocument, sort []data.Order) bool {
	return len(documents) > 0 && slices.ContainsFunc(sort, func(order data.Order) bool {
		return !slices.Contains([]string{"id", "date_created", "date_modified"}, order.Field) &&
			!slices.ContainsFunc(documents, func(d modelDocument) bool { _, has := d.fields[order.Field]; return has })
	})
}

func encoded(t *rapid.T, fields map[string]any) data.Fields {
	made := data.Fields{}
	for name, value := range fields {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		made[name] = text
	}
	return made
}
