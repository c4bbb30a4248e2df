package call

import (
	"net/http"
	"strconv"
	"strings"
)

// CheckHTTP2 returns an error for an HTTP/2 request that two readers could understand differently (RFC 9113, sections 8.1.1
// and 8.3.1): package net/http uses the first of several lengths, and :authority whatever the Host field says. HTTP/1.1
// requests are checked where their bytes are read, in package connection.
func CheckHTTP2(request *http.Request) error {
	if request.ProtoMajor < 2 {
		return nil
	}
	if lengths := request.Header["Content-Length"]; len(lengths) > 0 {
		length, err := strconv.ParseUint(lengths[0], 10, 63)
		if err != nil || len(lengths) > 1 || int64(length) != request.ContentLength {
			return BadRequest("the length of the body is given twice, is not a number, or is not that of the body")
		}
	}
	if hosts := request.Header["Host"]; len(hosts) > 1 || len(hosts) == 1 && !strings.EqualFold(hosts[0], request.Host) {
		return BadRequest("the Host field is not that of :authority")
	}
	return nil
}
