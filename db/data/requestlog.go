package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
)

// RequestLog is one request, as it was answered. What is secret in it was taken out by who made it.
type RequestLog struct {
	ID            int64 // from 1, in the order of storing
	Time          time.Time
	Username      string // "": nobody was authenticated
	Resource      string // "": no resource was found
	Method        string
	QueryString   string
	Status        int
	UserAgent     string
	RequestID     string
	Duration      time.Duration // stored in microseconds
	RemoteAddress string        // "": not known
}

const requestLogColumns = `id, request_time, username, resource, method, query_string, status, user_agent, request_id,
	duration, remote_address`

// requestLogFields are the fields that clients know, by which request logs can be chosen. Times are shown and therefore
// compared in whole seconds.
var requestLogFields = columns{
	"id":             {"id", number},
	"request_time":   {"(request_time - request_time % 1000)", date},
	"user":           {"username", text},
	"resource":       {"resource", text},
	"method":         {"method", text},
	"query_string":   {"query_string", text},
	"status":         {"status", number},
	"user_agent":     {"user_agent", text},
	"request_id":     {"request_id", text},
	"duration_us":    {"duration", number},
	"remote_address": {"remote_address", text},
}

// AppendRequestLogs stores requests in their order, in one transaction, and of all that are stored then keeps the
// latest. Their IDs are not looked at. [ErrBusy], [ErrFull]: nothing was stored.
func (d *Data) AppendRequestLogs(ctx context.Context, logs []RequestLog, keep int64) error {
	if len(logs) == 0 {
		return nil
	}
	bytes := 0
	for _, one := range logs {
		bytes += requestLogRoom + len(one.Username) + len(one.Resource) + len(one.Method) + len(one.QueryString) + len(one.UserAgent) + len(one.RequestID) + len(one.RemoteAddress)
	}
	err := d.write(ctx, func(tx *sql.Tx) error {
		if err := requireFree(ctx, d, tx, 0, bytes); err != nil {
			return err
		}
		if err := insertRequestLogs(ctx, tx, logs); err != nil {
			return err
		}
		// Numbers have no gaps, so this finds the old ones without counting.
		_, err := tx.ExecContext(ctx, `DELETE FROM requestlogs WHERE id <= (SELECT max(id) FROM requestlogs) - ?`, max(keep, 1))
		return sqlite.Explain(err)
	})
	if err != nil {
		return fmt.Errorf("storing the log of %d requests: %w", len(logs), err)
	}
	return nil
}

func insertRequestLogs(ctx context.Context, tx *sql.Tx, logs []RequestLog) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO requestlogs (request_time, username, resource, method, query_string,
		status, user_agent, request_id, duration, remote_address) VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return sqlite.Explain(err)
	}
	defer insert.Close()
	for _, one := range logs {
		_, err := insert.ExecContext(ctx, one.Time.UnixMilli(), one.Username, one.Resource, one.Method, one.QueryString,
			one.Status, one.UserAgent, one.RequestID, one.Duration.Microseconds(), one.RemoteAddress)
		if err != nil {
			return sqlite.Explain(err)
		}
	}
	return nil
}

// RequestLogs lists request logs; a page beyond the end is empty. *[ConditionError], *[SortError].
func (d *Data) RequestLogs(ctx context.Context, query Query) ([]RequestLog, error) {
	var of clause
	of.add(`SELECT ` + requestLogColumns + ` FROM requestlogs WHERE TRUE`)
	if err := query.where(&of, requestLogFields); err != nil {
		return nil, err
	}
	if err := query.page(&of, requestLogFields); err != nil {
		return nil, err
	}
	list, err := d.readRequestLogs(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("listing request logs: %w", err)
	}
	return list, nil
}

func (d *Data) readRequestLogs(ctx context.Context, of clause) ([]RequestLog, error) {
	tx, err := d.read()
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, of.text, of.args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var list []RequestLog
	for rows.Next() {
		one, err := scanRequestLog(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, sqlite.Explain(rows.Err())
}

func scanRequestLog(scan func(...any) error) (one RequestLog, err error) {
	var at, duration int64
	var username sql.NullString
	err = scan(&one.ID, &at, &username, &one.Resource, &one.Method, &one.QueryString, &one.Status, &one.UserAgent,
		&one.RequestID, &duration, &one.RemoteAddress)
	one.Time = time.UnixMilli(at).UTC()
	one.Username = username.String
	one.Duration = time.Duration(duration) * time.Microsecond
	return one, sqlite.Explain(err)
}

// RequestLog reads one request log. [ErrNoRequestLog] also when it was one of the older ones that were not kept.
func (d *Data) RequestLog(ctx context.Context, id int64) (RequestLog, error) {
	tx, err := d.read()
	if err != nil {
		return RequestLog{}, err
	}
	row := tx.QueryRowContext(ctx, `SELECT `+requestLogColumns+` FROM requestlogs WHERE id = ?`, id)
	one, err := scanRequestLog(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoRequestLog
	}
	if err != nil {
		return RequestLog{}, fmt.Errorf("reading request log %d: %w", id, err)
	}
	return one, nil
}

// CountRequestLogs tells how many request logs the conditions leave. *[ConditionError].
func (d *Data) CountRequestLogs(ctx context.Context, where []Condition) (count int64, err error) {
	var of clause
	of.add(`SELECT count(*) FROM requestlogs WHERE TRUE`)
	if err := (Query{Where: where}).where(&of, requestLogFields); err != nil {
		return 0, err
	}
	tx, err := d.read()
	if err == nil {
		err = sqlite.Explain(tx.QueryRowContext(ctx, of.text, of.args...).Scan(&count))
	}
	if err != nil {
		return 0, fmt.Errorf("counting request logs: %w", err)
	}
	return count, nil
}
