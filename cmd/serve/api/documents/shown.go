package documents

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
	"latchkey/perms"
)

// shown is how the documents of one resource are shown to one client: with the id of the parent, and with a link to what
// hangs under them, as existing clients expect.
type shown struct {
	parentField string // "": they have no parent
	links       []link
	frame       int // how many bytes are added to a body at most
}

// link is the field that leads from a document to the documents of a resource below it. The id comes between its pieces.
type link struct {
	name   string   // in JSON, with the colon: "images":
	pieces []string // the first begins with a comma
}

// frameSize is how many bytes the fields have at most that every document gets.
const frameSize = 150

// idSize is how many bytes an id has at most.
const idSize = 20

func shownTo(c *call.Call) shown {
	shows := shown{parentField: c.Route.Resource.ParentField(), frame: frameSize}
	if shows.parentField != "" {
		shows.frame += len(shows.parentField) + idSize + len(`,"":`)
	}
	if c.Route.Request.Endpoint == perms.Single {
		return shows // nothing can hang under it
	}
	for _, below := range c.Identity.Catalogue.Below(c.Route.Resource.Name) {
		if below.Backend != perms.Documents {
			continue
		}
		made := linkTo(c, below)
		shows.links = append(shows.links, made)
		shows.frame += len(strings.Join(made.pieces, "")) + 2*idSize
	}
	return shows
}

// linkTo is made of characters alone that JSON does not escape: those of paths and hosts that the catalogue and the pipeline
// let through.
func linkTo(c *call.Call, below perms.Resource) link {
	name := `"` + perms.LastSegment(below.Path) + `":`
	extension := ".json"
	if c.Format == call.FormatXML {
		extension = ".xml"
	}
	before, after, _ := strings.Cut(below.Path, "{id}")
	return link{name, []string{`,` + name + `{"url":"https://` + c.Request.Host + before, after + extension +
		`","resource":"` + strings.TrimPrefix(before, perms.BasePath), after + `"}`}}
}

// append appends a document as clients see it: the fields of its body among those that the server sets. Names do not
// collide: [call.ReadFields] does not accept the server's, and a link gives way. The body is copied unchanged: it was valid
// JSON when it was stored, and decoding and encoding it again would be most of the work of a list.
func (s shown) append(to []byte, document data.Document) []byte {
	to = append(to, `{"id":`...)
	to = strconv.AppendInt(to, document.ID, 10)
	to = s.appendFields(to, document)
	to = append(to, `,"date_created":"`...)
	to = document.CreatedAt.AppendFormat(to, time.RFC1123Z)
	to = append(to, `","date_modified":"`...)
	to = document.UpdatedAt.AppendFormat(to, time.RFC1123Z)
	to = append(to, '"')
	for _, link := range s.links {
		if !hasMember(document.Body, link.name) {
			to = link.append(to, document.ID)
		}
	}
	return append(to, '}')
}

func (l link) append(to []byte, id int64) []byte {
	for i, piece := range l.pieces {
		if i > 0 {
			to = strconv.AppendInt(to, id, 10)
		}
		to = append(to, piece...)
	}
	return to
}

// appendFields appends the fields of a document's own and the id of its parent, each after a comma.
func (s shown) appendFields(to []byte, document data.Document) []byte {
	body := s.withoutParent(document.Body)
	if members := body[1 : len(body)-1]; len(members) > 0 {
		to = append(append(to, ','), members...)
	}
	if s.parentField != "" {
		to = append(append(append(to, `,"`...), s.parentField...), `":`...)
		to = strconv.AppendInt(to, document.Parent, 10)
	}
	return to
}

// withoutParent is a body without the field that has the parent's id, which may be there since before the resource had a
// parent: two fields of a name would be read differently by different clients.
func (s shown) withoutParent(body []byte) []byte {
	if s.parentField == "" || !hasMember(body, `"`+s.parentField+`":`) {
		return body
	}
	var fields data.Fields
	if json.Unmarshal(body, &fields) != nil { // not in a file that is not damaged
		return body
	}
	delete(fields, s.parentField)
	rest, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return rest
}

// hasMember tells whether a compact JSON object has a member at the top level; name is in JSON, with its colon.
func hasMember(body []byte, name string) bool {
	var read members
	for at := 0; ; at += len(name) {
		found := bytes.Index(body[at:], []byte(name))
		if found < 0 {
			return false
		}
		if at += found; read.isTopLevel(body, at) {
			return true
		}
	}
}

// members follows a JSON object from its beginning. It goes on from where it was: a body can have the name at any number of
// other places.
type members struct {
	at, depth int
	inString  bool
}

// isTopLevel tells whether a place, which is none before the last one, is in no string, object or array within the object.
func (m *members) isTopLevel(body []byte, place int) bool {
	for ; m.at < place; m.at++ {
		switch char := body[m.at]; {
		case m.inString && char == '\\':
			m.at++
		case char == '"':
			m.inString = !m.inString
		case m.inString:
		case char == '{' || char == '[':
			m.depth++
		case char == '}' || char == ']':
			m.depth--
		}
	}
	return m.depth == 1 && !m.inString
}

// withoutShown takes out of the fields that a client sends what it was shown: links, and the id of the parent, which cannot
// be changed.
func (s shown) withoutShown(c *call.Call, fields data.Fields, parent int64) error {
	for _, below := range c.Identity.Catalogue.Below(c.Route.Resource.Name) {
		name := perms.LastSegment(below.Path)
		if value, given := fields[name]; given && below.IsLink(value) {
			delete(fields, name)
		}
	}
	value, given := fields[s.parentField]
	if s.parentField == "" || !given {
		return nil
	}
	if strings.Trim(string(value), `"`) != strconv.FormatInt(parent, 10) {
		return &call.Error{
			Status:  http.StatusBadRequest,
			Message: "The field '" + s.parentField + "' is invalid.",
			Details: map[string]string{"field": s.parentField, "reason": "it is the id of the parent, which cannot be changed"},
		}
	}
	delete(fields, s.parentField)
	return nil
}
