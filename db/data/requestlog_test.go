package data_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"latchkey/db/data"
)

// logged are requests one second and a half apart, from the start on.
func logged(requests int) (logs []data.RequestLog) {
	for i := range requests {
		logs = append(logs, data.RequestLog{
			Time: start.Add(time.Duration(i) * 1500 * time.Millisecond), Username: "alice", Resource: "orders", Method: "GET",
			QueryString: "page=1", Status: 200 + i, UserAgent: `curl/8 "'`, RequestID: fmt.Sprint("id", i),
			Duration: time.Duration(i) * time.Microsecond, RemoteAddress: "127.0.0.1",
		})
	}
	return logs
}

func TestRequestLogRoundTrip(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	logs := logged(2)
	logs[1] = data.RequestLog{Time: start, Method: "GET", Status: 401}
	must(t, file.AppendRequestLogs(t.Context(), logs, 10))
	must(t, file.AppendRequestLogs(t.Context(), nil, 1)) // which keeps nothing from being kept
	for i, want := range logs {
		want.ID = int64(i + 1)
		got, err := file.RequestLog(t.Context(), want.ID)
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if _, err := file.RequestLog(t.Context(), 3); !errors.Is(err, data.ErrNoRequestLog) {
		t.Errorf("got %v, want ErrNoRequestLog", err)
	}
}

// The log is bounded, and a number is never given to a second request.
func TestRequestLogIsBounded(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	for _, test := range []struct {
		requests    int
		keep        int64
		first, last int64
	}{{3, 4, 1, 3}, {3, 4, 3, 6}, {10, 4, 13, 16}, {1, 4, 14, 17}, {1, 0, 18, 18}, {2, 4, 18, 20}} {
		must(t, file.AppendRequestLogs(t.Context(), logged(test.requests), test.keep))
		got, err := file.RequestLogs(t.Context(), data.Query{Limit: 100})
		must(t, err)
		if got[0].ID != test.first || got[len(got)-1].ID != test.last || int64(len(got)) != test.last-test.first+1 {
			t.Errorf("after %d more: got %d from %d to %d, want from %d to %d", test.requests, len(got), got[0].ID, got[len(got)-1].ID, test.first, test.last)
		}
	}
}

func TestRequestLogsAreChosen(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	logs := logged(5) // at 0, 1.5, 3, 4.5 and 6 s
	logs[2].Username = ""
	must(t, file.AppendRequestLogs(t.Context(), logs, 100))
	for _, test := range []struct {
		query data.Query
		want  []int64
	}{
		{data.Query{}, []int64{1, 2, 3, 4, 5}},
		{data.Query{Limit: 2, Page: 2}, []int64{3, 4}},
		{data.Query{Sort: []data.Order{{Field: "status", Descending: true}}, Limit: 2}, []int64{5, 4}},
		{data.Query{Sort: []data.Order{{Field: "resource", Descending: true}, {Field: "method"}}}, []int64{1, 2, 3, 4, 5}},
		{data.Query{Where: []data.Condition{{"user", data.Equal, "alice"}}}, []int64{1, 2, 4, 5}},
		{data.Query{Where: []data.Condition{{"user", data.Equal, ""}}}, []int64{3}},
		{data.Query{Where: []data.Condition{{"status", data.AtLeast, "203"}, {"id", data.AtMost, "4"}}}, []int64{4}},
		{data.Query{Where: []data.Condition{{"request_time", data.Equal, "Sun, 01 Mar 2026 12:00:01 +0000"}}}, []int64{2}},
		{data.Query{Where: []data.Condition{{"request_time", data.AtMost, "2026-03-01T12:00:01Z"}}}, []int64{1, 2}},
		{data.Query{Where: []data.Condition{{"user_agent", data.Equal, `curl/8 "'`}}}, []int64{1, 2, 3, 4, 5}},
	} {
		if test.query.Limit == 0 {
			test.query.Limit = 50
		}
		list, err := file.RequestLogs(t.Context(), test.query)
		var got []int64
		for _, one := range list {
			got = append(got, one.ID)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v, %v, want %v", test.query, got, err, test.want)
		}
		if count, err := file.CountRequestLogs(t.Context(), test.query.Where); test.query.Limit == 50 && (err != nil || count != int64(len(test.want))) {
			t.Errorf("%+v: counted %d, %v, want %d", test.query, count, err, len(test.want))
		}
	}
	for _, wrong := range []data.Condition{{"id", data.Equal, "x"}, {"status", data.AtLeast, ""}, {"request_time", data.Equal, "today"}, {"user", data.AtMost, "z"},
		{"colour", data.Equal, "red"}, {"colour", data.AtLeast, "1"}, {"username' OR 1=1 --", data.Equal, "x"}} {
		_, listErr := file.RequestLogs(t.Context(), data.Query{Where: []data.Condition{wrong}, Limit: 1})
		_, countErr := file.CountRequestLogs(t.Context(), []data.Condition{wrong})
		var of *data.ConditionError
		if !errors.As(listErr, &of) || !errors.As(countErr, &of) || of.Condition != wrong {
			t.Errorf("%+v: got %v and %v, want a ConditionError", wrong, listErr, countErr)
		}
	}
	_, err := file.RequestLogs(t.Context(), data.Query{Sort: []data.Order{{Field: "id"}, {Field: "colour"}}, Limit: 1})
	var unsortable *data.SortError
	if !errors.As(err, &unsortable) || !slices.Contains(unsortable.Known, "request_time") {
		t.Errorf("sorted by what is no field: got %v, want a SortError with those that there are", err)
	}
}

func TestLastUsed(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	use := func(user int64, fingerprint string, second int) data.TokenUse {
		return data.TokenUse{UserID: user, Fingerprint: fingerprint, At: start.Add(time.Duration(second) * time.Second)}
	}
	must(t, file.MarkUsed(t.Context(), nil))
	must(t, file.MarkUsed(t.Context(), []data.TokenUse{use(1, "aa", 5), use(2, "aa", 1), use(1, "bb", 7), use(2, "aa", 3)}))
	must(t, file.MarkUsed(t.Context(), []data.TokenUse{use(1, "aa", 2), use(1, "bb", 8)})) // one comes late
	for _, test := range []struct {
		user int64
		want []data.TokenUse
	}{
		{1, []data.TokenUse{use(1, "bb", 8), use(1, "aa", 5)}},
		{2, []data.TokenUse{use(2, "aa", 3)}},
		{3, nil},
		{0, []data.TokenUse{use(1, "bb", 8), use(1, "aa", 5), use(2, "aa", 3)}},
	} {
		got, err := file.LastUsed(t.Context(), test.user)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("user %d: got %v, %v, want %v", test.user, got, err, test.want)
		}
	}
	for i := range 10 {
		must(t, file.MarkUsed(t.Context(), []data.TokenUse{use(1, fmt.Sprint("t", i), 10+i)}))
	}
	got, err := file.LastUsed(t.Context(), 1)
	if want := []data.TokenUse{use(1, "t9", 19), use(1, "t8", 18), use(1, "t7", 17), use(1, "t6", 16)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("after many tokens: got %v, %v, want the latest: %v", got, err, want)
	}
}

func TestOpenReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	if _, err := data.OpenReadOnly(t.Context(), path); !errors.Is(err, data.ErrMissing) {
		t.Errorf("got %v, want ErrMissing", err)
	}
	file, _ := open(t, path)
	create(t, file, orders, `{}`)
	reader, err := data.OpenReadOnly(t.Context(), path)
	must(t, err)
	if got := count(t, reader, orders); got != 1 {
		t.Errorf("got %d documents, want 1", got)
	}
	if err := reader.Delete(t.Context(), orders, 1, nil); !errors.Is(err, data.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	if err := reader.MarkUsed(t.Context(), []data.TokenUse{{UserID: 1, Fingerprint: "aa"}}); !errors.Is(err, data.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	must(t, reader.Close())
	if got := count(t, file, orders); got != 1 { // closing the reader took nothing from the writer
		t.Errorf("got %d documents, want 1", got)
	}
}
