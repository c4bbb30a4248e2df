package httpfield

import (
	"slices"
	"strings"
)

// connectionOptions are what a Connection field may name: close, the fields of one connection (RFC 9110, section 7.6.1),
// and HTTP2-Settings, which RFC 7540 has named there (section 3.2.1).
var connectionOptions = []string{"close", "keep-alive", "te", "transfer-encoding", "upgrade", "proxy-connection", "http2-settings"}

// OddOption is the first option in the values of Connection fields that names any other field: a proxy that passes the request
// on would take that field out, and with it what a proxy has said by it. It is "" where there is none.
func OddOption(values []string) string {
	for _, value := range values {
		for option := range strings.SplitSeq(value, ",") {
			option = strings.Trim(option, " \t")
			if option != "" && !slices.Contains(connectionOptions, strings.ToLower(option)) {
				return option
			}
		}
	}
	return ""
}

// OddUpgrade is the first protocol in the values of Upgrade fields other than WebSocket (RFC 6455): by such a protocol
// requests could be made that nobody decides about. It is "" where there is none.
func OddUpgrade(values []string) string {
	for _, value := range values {
		for protocol := range strings.SplitSeq(value, ",") {
			protocol = strings.Trim(protocol, " \t")
			if protocol != "" && !strings.EqualFold(protocol, "websocket") {
				return protocol
			}
		}
	}
	return ""
}
