package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/serve/api/call"
)

// maxViewed is how many bytes of JSON are shown as a page. Larger responses go to a browser as they are.
const maxViewed = 256 << 10

// maxIndented is how many bytes their text may have: where much is nested it becomes thirty times as long.
const maxIndented = 4 * maxViewed

// viewing is held while a page is made, which takes many times its size for a moment that is not counted.
var viewing = make(chan struct{}, runtime.GOMAXPROCS(0))

// forReader makes a page of a response in JSON that a browser opens for somebody to read. The policy of plain responses would
// keep the browser's own viewer from its styles, and this one needs no script.
func (s *server) forReader(c *call.Call, response call.Response) call.Response {
	isDocument := isDocs(c.Request.URL.Path) && response.Status == http.StatusOK // the OpenAPI document
	if !call.IsOpened(c.Request) || !response.IsJSON() || len(response.Body) == 0 || len(response.Body) > maxViewed || isDocument {
		return response
	}
	viewing <- struct{}{}
	defer func() { <-viewing }()
	var text bytes.Buffer
	if json.Indent(&text, response.Body, "", "  ") != nil || text.Len() > maxIndented {
		return response
	}
	title := c.Request.URL.Path
	if response.Status >= http.StatusBadRequest {
		title = fmt.Sprint(response.Status, " ", http.StatusText(response.Status))
	}
	body, err := pages.JSON(title, text.String()).HTML()
	if err != nil || s.countResponse(c, len(body), call.FormatJSON) != nil {
		return response
	}
	header := maps.Clone(response.Header)
	if header == nil {
		header = map[string]string{}
	}
	delete(header, "ETag") // of the JSON
	header["Content-Security-Policy"] = pages.ContentSecurityPolicy()
	return call.Response{Status: response.Status, Header: header, Kind: "text/html; charset=utf-8", Body: body}
}
