package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A cell is a text as it is, or any other JSON value as JSON; an empty cell is no field. A text that would be taken for
// something else is written as JSON, too: the empty one, "42", "true". So every value comes back as what it was.

// formula matches texts that a spreadsheet would compute, with any quotes that were put before one; quoted are those
// that have a quote (OWASP, CSV injection; C3).
var (
	formula = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^'*[=+\-@\t\r]`) })
	quoted  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^'+[=+\-@\t\r]`) })
)

func quoteFormula(text string) string {
	if formula().MatchString(text) {
		return "'" + text
	}
	return text
}

func unquoteFormula(text string) string {
	if quoted().MatchString(text) {
		return text[1:]
	}
	return text
}

// isJSON reports whether a cell is a JSON value rather than a text.
func isJSON(cell string) bool {
	return cell != "" && strings.TrimSpace(cell) == cell && json.Valid([]byte(cell))
}

// cellOf writes a value.
func cellOf(value json.RawMessage) (string, error) {
	if len(value) == 0 || value[0] != '"' {
		return string(value), nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return "", err
	}
	// A carriage return in a cell would be lost before a line feed.
	if text == "" || isJSON(text) || strings.Contains(text, "\r") {
		return string(value), nil
	}
	return quoteFormula(text), nil
}

// valueOf reads a cell that is not empty. In a column of texts, only what is written as a text in JSON is anything else than
// what stands there. A number that is written as few programs write numbers is a text, unless the column has been said to have
// numbers: 12E4567 may be an article's, and 12345678901234567890 an account's.
func (c *column) valueOf(cell string) (json.RawMessage, error) {
	isValue := isJSON(cell) && (!c.isText || cell[0] == '"')
	isNumber := isValue && strings.IndexByte("-0123456789", cell[0]) >= 0
	if isNumber && !c.isNumber && !isUsual(cell) {
		c.unusual = cmp.Or(c.unusual, cell)
		isValue = false
	}
	kind := &c.others
	switch {
	case !isValue || cell[0] == '"':
		kind = &c.texts
	case isNumber:
		kind = &c.numbers
	}
	if cell != "null" {
		*kind = cmp.Or(*kind, cell)
	}
	if isValue {
		return json.RawMessage(cell), nil
	}
	return jsonOf(unquoteFormula(cell))
}

// isUsual tells whether a number has no exponent, and whether a double, as which most programs read it, has all its digits.
func isUsual(number string) bool {
	if strings.ContainsAny(number, "eE") {
		return false
	}
	const certain = 15 // digits that every double has
	if len(strings.Trim(number, "-.0")) <= certain {
		return true
	}
	read, err := strconv.ParseFloat(number, 64)
	wanted, ok := new(big.Rat).SetString(number)
	shown, shownOK := new(big.Rat).SetString(strconv.FormatFloat(read, 'f', -1, 64))
	return err == nil && ok && shownOK && wanted.Cmp(shown) == 0
}

// warningsOf says which columns have cells of several kinds, and numbers that were taken for texts.
func warningsOf(columns []*column) (warnings []string) {
	for _, of := range columns {
		var kinds []string
		for _, kind := range []string{of.texts, of.numbers, of.others} {
			if kind != "" {
				kinds = append(kinds, fmt.Sprintf("%.40q", kind))
			}
		}
		switch {
		case of.unusual != "" && of.numbers != "":
			warnings = append(warnings, fmt.Sprintf("column %.80q has numbers, such as %.40q, and %.40q, which is kept as a text: "+
				"--number %[1]s takes it for a number, --text %[1]s all for texts", of.name, of.numbers, of.unusual))
		case len(kinds) > 1:
			warnings = append(warnings, fmt.Sprintf("column %.80q has cells of different kinds, such as %s: --text %[1]s takes all for texts",
				of.name, strings.Join(kinds, " and ")))
		case of.unusual != "":
			warnings = append(warnings, fmt.Sprintf("column %.80q has %.40q, which is kept as a text: --number %[1]s takes it for a number", of.name, of.unusual))
		}
	}
	return warnings
}

// jsonOf writes a text as JSON, without escapes that JSON does not need.
func jsonOf(text string) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(text)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
