package api

import (
	"errors"
	"net/http"
	"time"

	"latchkey/db/data"
)

// The log of requests is read like a collection. What writes it is outside of this package.

// wireRequestLog is one request, as it was answered.
type wireRequestLog struct {
	ID            int64   `json:"id"`
	RequestTime   string  `json:"request_time"` // RFC 2822
	User          *string `json:"user"`         // null: nobody was authenticated
	Resource      string  `json:"resource"`     // "": no resource was found
	Method        string  `json:"method"`
	QueryString   string  `json:"query_string"`
	Status        int     `json:"status"`
	UserAgent     string  `json:"user_agent"`
	RequestID     string  `json:"request_id"`
	Duration      int64   `json:"duration_us"`    // microseconds
	RemoteAddress string  `json:"remote_address"` // "": not known
}

func requestLogOf(one data.RequestLog) wireRequestLog {
	shown := wireRequestLog{ID: one.ID, RequestTime: one.Time.UTC().Format(time.RFC1123Z), Resource: one.Resource,
		Method: one.Method, QueryString: one.QueryString, Status: one.Status, UserAgent: one.UserAgent,
		RequestID: one.RequestID, Duration: one.Duration.Microseconds(), RemoteAddress: one.RemoteAddress}
	if one.Username != "" {
		shown.User = &one.Username
	}
	return shown
}

func (s *server) listRequestLogs(c *call) (answer, error) {
	query, err := c.selection()
	if err != nil {
		return answer{}, err
	}
	logs, err := s.Data.RequestLogs(c.request.Context(), query)
	if err != nil {
		return answer{}, documentsError(err)
	}
	var list []wireRequestLog
	for _, one := range logs {
		list = append(list, requestLogOf(one))
	}
	return listAnswer(list, nil)
}

func (s *server) countRequestLogs(c *call) (answer, error) {
	where, err := c.filters()
	if err != nil {
		return answer{}, err
	}
	count, err := s.Data.CountRequestLogs(c.request.Context(), where)
	if err != nil {
		return answer{}, documentsError(err)
	}
	return countAnswer(count, nil)
}

func (s *server) showRequestLog(c *call) (answer, error) {
	one, err := s.Data.RequestLog(c.request.Context(), c.route.ID)
	if errors.Is(err, data.ErrNoRequestLog) {
		return answer{}, &refusal{status: http.StatusNotFound, message: data.ErrNoRequestLog.Error() + ", or no longer: only the latest are kept"}
	}
	if err != nil {
		return answer{}, documentsError(err)
	}
	return jsonAnswer(requestLogOf(one))
}
