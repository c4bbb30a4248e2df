package api

import (
	"errors"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db/data"
)

// The log of requests is read like a collection. What writes it is outside of this package.

func requestLogOf(one data.RequestLog) wire.RequestLog {
	shown := wire.RequestLog{ID: one.ID, RequestTime: one.Time.UTC().Format(time.RFC1123Z), Resource: one.Resource,
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
	var list []wire.RequestLog
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
