package api_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/perms"
)

// TestPanelIgnoresNoParameter: every request type of the control panel rejects a parameter that it does not know, one that is
// given twice, and an unknown order, and changes nothing.
func TestPanelIgnoresNoParameter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	before := w.state(t)
	for name, step := range panelSteps {
		_, method := splitStep(t, name)
		for _, wrong := range []string{"nonsense=1", "draft_=a", "sort=nonsense", "min_nonsense=1", "draft=a&draft=b", "message=a&message=b", "page=1&page=1"} {
			path, mark := step.path, "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			got := w.request(t, "admin", method, perms.BasePath+"/"+path+mark+wrong, step.body)
			parameter, _, _ := strings.Cut(wrong, "=")
			if got.status != 400 || !strings.Contains(got.body, fmt.Sprintf(`"parameter":"%s"`, parameter)) {
				t.Errorf("%s with %s: got %d %s, want 400 and the name of the parameter", name, wrong, got.status, got.body)
			}
			checkError(t, got)
		}
	}
	if after := w.state(t); after != before {
		t.Errorf("something has changed:\n%s", after)
	}
}

// TestPanelListsRefuseImpossiblePages: every list of the control panel reads page and limit in the same way.
func TestPanelListsRefuseImpossiblePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	lists := 0
	for name, step := range panelSteps {
		endpoint, method := splitStep(t, name)
		if endpoint != perms.Collection || method != "GET" {
			continue
		}
		lists++
		for _, test := range []struct {
			query  string
			status int
		}{
			{"page=0", 400}, {"page=-1", 400}, {"page=+1", 400}, {"page=", 400}, {"page=1.0", 400}, {"page=1e3", 400}, {"page=one", 400}, {"page=0x1", 400},
			{"limit=0", 400}, {"limit=-1", 400}, {"limit=", 400}, {"limit=ten", 400}, {"limit=251", 413}, {"limit=99999999999999999999", 413},
			{"page=99999999999999999999", 204}, {"page=99999999999999999999&limit=250", 204}, {"page=9", 204},
		} {
			got := w.request(t, "admin", "GET", perms.BasePath+"/"+step.path+"?"+test.query, "")
			if got.status != test.status {
				t.Errorf("%s?%s: got %d %s, want %d", step.path, test.query, got.status, got.body, test.status)
			}
			if got.status >= 400 {
				checkError(t, got)
			}
		}
	}
	if lists != 6 {
		t.Errorf("%d lists were asked, want users, roles, resources, settings, revisions and requestlogs", lists)
	}
}

// splitStep splits the key of a panelStep.
func splitStep(t *testing.T, name string) (endpoint perms.Endpoint, method string) {
	t.Helper()
	parts := strings.Fields(name)
	if len(parts) != 3 {
		t.Fatalf("the step %q has no resource, endpoint and method", name)
	}
	return perms.Endpoint(parts[1]), parts[2]
}
