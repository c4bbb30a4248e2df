package serve

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestErrorLogHidesCredentials(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"http: panic serving 127.0.0.1:1: lk_0123456789abcdefghijklmnopqrstuvwxyz",
		"http: panic serving 127.0.0.1:1: map[Authorization:[Basic YWRtaW46bGtfMDEyMzQ1Njc4OQ==]]",
		"bad header: basic  YWRtaW46bGtfMDEyMzQ1Njc4OQ==\ngoroutine 1",
	} {
		logged := new(bytes.Buffer)
		slog.NewLogLogger(redacting{textLog(logged).Handler()}, slog.LevelDebug).Print(text)
		got := logged.String()
		if strings.Contains(got, "0123456789") || strings.Contains(got, "YWRt") || !strings.Contains(got, "[redacted]") {
			t.Errorf("got %s, want the credential redacted", got)
		}
		if strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=DEBUG") {
			t.Errorf("got %q, want one line at debug level", got)
		}
	}
}
