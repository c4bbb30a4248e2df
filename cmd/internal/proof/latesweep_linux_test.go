package proof

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db/data"
	"latchkey/perms"
)

// lateRequest is a request that reads a body: one for each request type of the embedded catalogue that latchkey answers
// itself, and in the control panel one that stages and one that saves at once.
type lateRequest struct {
	resource   perms.Resource
	request    perms.Request
	path, body string
	prepare    []string // commands that USER must have given before, for it to have an effect
}

// panelBodies are what each request type of the control panel takes, by its resource, endpoint and method. The request is
// one that has an effect in the installation of [newSweep].
var panelBodies = map[string]string{
	"users collection POST":             `{"name":"made"}`,
	"users named PUT":                   `{"note":"late"}`,
	"users_name single PUT":             `{"name":"late"}`,
	"users_permissions single PUT":      `{"permission":"orders:edit"}`,
	"users_roles single PUT":            `{"role":"held"}`,
	"users_token single PUT":            `{}`,
	"users_token_suspension single PUT": `{}`,
	"settings named PUT":                `{"value":"1h"}`,
	"users_token single POST":           `{}`,
	"token single POST":                 `{}`,
	"roles collection POST":             `{"name":"made"}`,
	"roles named PUT":                   `{"note":"late"}`,
	"roles_permissions single PUT":      `{"permission":"orders:edit"}`,
	"resources collection POST":         `{"name":"made"}`,
	"resources named PUT":               `{"title":"late"}`,
	"store single PUT":                  `{"note":"late"}`,
	"draft_rebase single POST":          `{"names":["moved"]}`,
	"draft_rollback single POST":        `{"revision":4}`, // which adds the role undone
	"draft_save single POST":            `{"names":["held"]}`,
}

// lateRequests lists them. A request type whose body is not known here fails the test: nothing is left out in silence.
func lateRequests(t *testing.T) (list []lateRequest) {
	t.Helper()
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			if request.Method == http.MethodGet || request.Method == http.MethodDelete {
				continue // whatever else there is reads a body
			}
			one := lateRequest{resource: resource, request: request, path: pathOf(resource, request), body: `{"note":"late"}`}
			switch {
			case resource.Backend == perms.Documents:
				list = append(list, one)
			case resource.Backend != perms.System:
				t.Fatalf("%s has the unknown backend %q", resource.Name, resource.Backend)
			default:
				list = append(list, one.ofPanel(t)...)
			}
		}
	}
	return list
}

func pathOf(resource perms.Resource, request perms.Request) string {
	name := "held"
	switch {
	case resource.Name == "users_token" && request.Method == http.MethodPut:
		name = "off"
	case resource.Name == "settings":
		name = "token.max-grace"
	case resource.Name == "users_name": // the others go on under the name held
		name = "spare"
	}
	return strings.NewReplacer("{id}", "1", "{name}", name).Replace(resource.RequestPath(request))
}

func (r lateRequest) ofPanel(t *testing.T) []lateRequest {
	t.Helper()
	key := fmt.Sprintf("%s %s %s", r.resource.Name, r.request.Endpoint, r.request.Method)
	body, known := panelBodies[key]
	if !known {
		t.Fatalf("say in panelBodies what %q takes", key)
	}
	r.body = body
	staged, saved := r, r
	switch r.resource.Name {
	case "store":
		return []lateRequest{r}
	case "draft_save":
		r.path += "?draft=ready"
		r.prepare = []string{"user edit held --note staged --as USER --draft ready"}
		return []lateRequest{r}
	case "draft_rebase":
		r.path += "?draft=stale"
		r.prepare = []string{"user edit moved --note staged-by-USER --as USER --draft stale", "user edit moved --email USER@example.org --save"}
		return []lateRequest{r}
	}
	staged.path += "?draft=" + r.resource.Name + r.request.Method
	saved.path += "?save=true"
	return []lateRequest{staged, saved}
}

// revocation takes away what a request needs. USER is its user, ROLE the role that has its rules where byRole is set.
type revocation struct {
	name        string
	byRole      bool
	commands    func(chunk []lateRequest) []string // of which the last one saves
	credentials bool                               // nothing at all is allowed any more
}

func saving(command string) func([]lateRequest) []string {
	return func([]lateRequest) []string { return []string{command + " -y --save"} }
}

var revocations = []revocation{
	{name: "the token is disabled", credentials: true, commands: saving("token disable USER")},
	{name: "the token is regenerated", credentials: true, commands: saving("token regenerate USER")},
	{name: "the user is removed", credentials: true, commands: saving("user remove USER -y")},
	{name: "the user is renamed", credentials: true, commands: saving("user edit USER --name USER-was")},
	{name: "the rule is revoked", commands: saving("perm revoke USER *:*")},
	{name: "a rule denies everything", commands: saving("perm deny USER *:*")},
	{name: "the role is unassigned", byRole: true, commands: saving("role unassign ROLE USER")},
	{name: "the role loses its rule", byRole: true, commands: saving("role revoke ROLE *:*")},
	{name: "the role denies everything", byRole: true, commands: saving("role deny ROLE *:*")},
	{name: "the resources are removed", commands: func(chunk []lateRequest) []string {
		return []string{"resource remove " + strings.Join(resourcesOf(chunk), " ") + " -y --save"}
	}},
	{name: "the resources ask for another permission", commands: closing},
}

func resourcesOf(chunk []lateRequest) (names []string) {
	for _, one := range chunk {
		names = append(names, one.resource.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// closing has each request type ask for a permission that the user is denied.
func closing(chunk []lateRequest) []string {
	commands := []string{"perm deny USER held:delete_all --ensure"}
	for _, one := range chunk {
		commands = append(commands, fmt.Sprintf("resource edit %s --permission %s_%s=held:delete_all --ensure", one.resource.Name, one.request.Method, one.request.Endpoint))
	}
	slices.Sort(commands)
	return append(slices.Compact(commands), "save -y")
}

// sweep is an installation on which late requests are tried.
type sweep struct {
	*server
	users int
}

// newSweep has what the requests name: a user, a role and a resource held, other users off, moved and spare, a role undone that
// revision 4 adds, and document 1 of each resource.
func newSweep(t *testing.T) *sweep {
	t.Helper()
	i := install(t, "user add held off moved spare --save", "role add held --save", "resource add held --save",
		"role add undone --save")
	i.do(t, "token", "enable", "held", "--save")
	documents, err := data.Open(t.Context(), filepath.Join(i.directory, "latchkey-data.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer documents.Close()
	for _, resource := range perms.Store().Resources() { // by name: parents come first
		if resource.Backend != perms.Documents {
			continue
		}
		in := data.Collection{Resource: resource.Name, ParentResource: resource.Parent}
		if resource.Parent != "" {
			in.Parent = 1
		}
		if _, err := documents.Create(t.Context(), in, data.Fields{"first": json.RawMessage("true")}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return &sweep{server: i.serve(t, "--failure-limit", "off", "--access-log", "off", "--request-log", "0")}
}

// run gives commands, with blanks between their words and _ for a blank within one.
func (s *sweep) run(t *testing.T, user string, commands ...string) {
	t.Helper()
	for _, command := range commands {
		words := strings.Fields(strings.NewReplacer("USER", user, "ROLE", "role-"+user).Replace(command))
		for i, word := range words {
			if before, permission, found := strings.Cut(word, "="); found && words[0] == "resource" {
				words[i] = strings.ReplaceAll(before, "_", " ") + "=" + permission
			}
		}
		s.do(t, words...)
	}
}

// newCaller makes a user who may do everything, by a rule of its own or by a role.
func (s *sweep) newCaller(t *testing.T, byRole bool) caller {
	t.Helper()
	s.users++
	user := fmt.Sprintf("late%d", s.users)
	s.run(t, user, "user add USER --save")
	if byRole {
		s.run(t, user, "role add ROLE", "role grant ROLE *:*", "role assign ROLE USER", "save -y")
	} else {
		s.run(t, user, "perm grant USER *:* --save")
	}
	return caller{user, s.do(t, "token", "enable", user, "--save")}
}

// hold begins all requests of a chunk.
func (s *sweep) hold(t *testing.T, protocol int, as caller, chunk []lateRequest) (all []*late) {
	t.Helper()
	client := s.lateClient(protocol)
	t.Cleanup(client.CloseIdleConnections)
	for _, one := range chunk {
		s.run(t, as.user, one.prepare...)
	}
	for _, one := range chunk {
		all = append(all, s.server.hold(t, client, as, one.request.Method, one.path, one.body))
	}
	return all
}

// TestLateBodiesOfAllRequestTypes: whatever reads a body is held back while what it needs is taken away, in each way there
// is; then the body ends, and is answered with 401, 403 or 404 without any effect (H11). The short form tries each request
// type and each way to revoke by both protocols, the long one all of them with each other.
func TestLateBodiesOfAllRequestTypes(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	requests := lateRequests(t)
	chunks := slices.Collect(slices.Chunk(requests, 20))
	if len(requests) < 80 {
		t.Errorf("%d request types: the sweep is blind", len(requests))
	}
	for number, revocation := range revocations {
		for _, protocol := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, HTTP %d", revocation.name, protocol), func(t *testing.T) {
				for at, chunk := range chunks {
					if long() || at == (number+protocol)%len(chunks) {
						s.revokeWhileHeld(t, revocation, protocol, chunk)
					}
				}
			})
		}
	}
	t.Run("nothing is revoked", func(t *testing.T) { s.succeed(t, requests) })
}

func (s *sweep) revokeWhileHeld(t *testing.T, revocation revocation, protocol int, chunk []lateRequest) {
	t.Helper()
	as := s.newCaller(t, revocation.byRole)
	all := s.hold(t, protocol, as, chunk)
	s.run(t, as.user, revocation.commands(chunk)...)
	revision := s.do(t, "log", "--limit", "1", "--field", "revision")
	before := s.content(t)
	for at, held := range all {
		got := held.finish()
		// A user may rebase a draft of its own whatever its rules; what it may not see is not carried into it.
		own := chunk[at].request.AnyUser && !revocation.credentials && got.status == http.StatusConflict
		if got.status != http.StatusUnauthorized && got.status != http.StatusForbidden && got.status != http.StatusNotFound && !own {
			t.Errorf("%s: got %d, %v: %s", held.name, got.status, got.err, got.body)
		}
	}
	s.checkUnchanged(t, before)
	if strings.HasPrefix(revocation.name, "the resources") {
		s.do(t, "rollback", revision, "--save")
	}
}

// succeed shows that each of the requests has an effect where nothing is revoked: else the others would prove nothing.
func (s *sweep) succeed(t *testing.T, requests []lateRequest) {
	t.Helper()
	for number, one := range requests {
		as := s.newCaller(t, false)
		before := s.content(t)
		got := s.hold(t, 1+number%2, as, []lateRequest{one})[0].finish()
		if got.status/100 != 2 || got.status == http.StatusNoContent || slices.Equal(before, s.content(t)) {
			t.Errorf("%s %s: got %d, %v and no effect: %s", one.request.Method, one.path, got.status, got.err, got.body)
		}
	}
}
