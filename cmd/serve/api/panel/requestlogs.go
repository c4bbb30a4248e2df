package panel

import (
	"errors"
	"net/http"
	"time"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// requestLogs shows the log of requests, which package telemetry writes.
type requestLogs struct{ *Panel }

func requestLogOf(one data.RequestLog) panel.RequestLog {
	shown := panel.RequestLog{ID: one.ID, RequestTime: one.Time.UTC().Format(time.RFC1123Z), Resource: one.Resource,
		Method: one.Method, QueryString: one.QueryString, Status: one.Status, UserAgent: one.UserAgent,
		RequestID: one.RequestID, Duration: one.Duration.Microseconds(), RemoteAddress: one.RemoteAddress}
	if one.Username != "" {
		shown.User = &one.Username
	}
	return shown
}

func (l requestLogs) list(c *call.Call) (call.Response, error) {
	query, err := c.ListQuery()
	if err != nil {
		return call.Response{}, err
	}
	logs, err := l.Data.RequestLogs(c.Request.Context(), query)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	var list []panel.RequestLog
	for _, one := range logs {
		list = append(list, requestLogOf(one))
	}
	return listResponse(list, nil)
}

func (l requestLogs) count(c *call.Call) (call.Response, error) {
	where, err := c.Filters()
	if err != nil {
		return call.Response{}, err
	}
	count, err := l.Data.CountRequestLogs(c.Request.Context(), where)
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return countResponse(count, nil)
}

func (l requestLogs) show(c *call.Call) (call.Response, error) {
	one, err := l.Data.RequestLog(c.Request.Context(), c.Route.ID)
	if errors.Is(err, data.ErrNoRequestLog) {
		return call.Response{}, &call.Error{Status: http.StatusNotFound, Message: data.ErrNoRequestLog.Error() + ", or no longer: only the latest are kept"}
	}
	if err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return call.JSON(requestLogOf(one))
}
