package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/serve/api/call"
)

// maxViewed is how many bytes of JSON are shown as a page. Larger responses go to a browser as they are.
const maxViewed = 256 << 10

// forReader makes a page of a response in JSON that a browser opens for somebody to read. The policy of plain responses would
// keep the browser's own viewer from its styles, and this one needs no script.
func (s *server) forReader(c *call.Call, response call.Response) call.Response {
	isDocument := isDocs(c.Request.URL.Path) && response.Status == http.StatusOK // the OpenAPI document
	if !call.IsOpened(c.Request) || !response.IsJSON() || len(response.Body) == 0 || len(response.Body) > maxViewed || isDocument {
		return response
	}
	var text bytes.Buffer
	if json.Indent(&text, response.Body, "", "  ") != nil {
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
