package data

import (
	"fmt"
	"strings"
)

// Query selects what a list has: what all conditions leave, sorted, and of that one page. The zero value of everything
// but Limit leaves all, by id, from the first page on.
type Query struct {
	Where []Condition
	Sort  []Order // the first counts most; what is equal in all of them is sorted by id
	Page  int64   // from 1; 0 is 1
	Limit int64   // on a page, from 1
}

// Operator is how a condition compares. Its text is the prefix that it has in parameters.
type Operator string

// The operators. Both ends of a range are within it.
const (
	Equal   Operator = ""
	AtLeast Operator = "min_"
	AtMost  Operator = "max_"
)

// Condition leaves what has a field, at the top level, with a value; see [Data.List] for what is compared how.
type Condition struct {
	Field    string
	Operator Operator
	Value    string // as the client wrote it
}

// Order sorts by a field at the top level.
type Order struct {
	Field      string
	Descending bool
}

// ConditionError is the error of a condition whose value is nothing that its field could have, or whose field is none.
type ConditionError struct {
	Condition Condition
	Problem   string // "is not a number"
}

// Error names the parameter, and not its value, which may be anything.
func (e *ConditionError) Error() string {
	return fmt.Sprintf("%s%s %s", e.Condition.Operator, e.Condition.Field, e.Problem)
}

// SortError is the error of an order by a field that there is not.
type SortError struct {
	Known []string // the fields that there are, sorted
}

// Error names the fields that there are, and not the one that was asked for, which may be anything.
func (e *SortError) Error() string {
	return "no such field to sort by: use one of " + strings.Join(e.Known, ", ")
}

// clause is a piece of SQL with the arguments of its question marks. No part of its text comes from a client.
type clause struct {
	text string
	args []any
}

func (c *clause) add(text string, args ...any) {
	c.text += text
	c.args = append(c.args, args...)
}

// fields finds the SQL of the fields that rows have.
type fields interface {
	// condition adds an expression that is true for the rows to leave.
	condition(to *clause, condition Condition) error
	// order adds an expression to sort by.
	order(to *clause, field string) error
}

// where adds the conditions, each after an AND.
func (q Query) where(to *clause, of fields) error {
	for _, condition := range q.Where {
		to.add(" AND ")
		if err := of.condition(to, condition); err != nil {
			return err
		}
	}
	return nil
}

// page adds the order and the page.
func (q Query) page(to *clause, of fields) error {
	to.add(" ORDER BY ")
	for _, order := range q.Sort {
		if err := of.order(to, order.Field); err != nil {
			return err
		}
		if order.Descending {
			to.add(" DESC")
		}
		to.add(", ")
	}
	to.add("id LIMIT ? OFFSET ?", q.Limit, offset(max(q.Page, 1), q.Limit))
	return nil
}
