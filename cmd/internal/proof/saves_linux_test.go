package proof

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestSavesHaveALimit saves a changing note over HTTPS as often as it can, each of which is a revision that stays: beyond a
// limit the user is told to wait, others save on, what is only staged is not refused, and the own token can be replaced.
func TestSavesHaveALimit(t *testing.T) {
	t.Parallel()
	i := install(t, "user add thief editor victim --save", "perm grant thief editor users:* tokens:rotate_own --save")
	thief, editor := i.do(t, "token", "enable", "thief", "--save"), i.do(t, "token", "enable", "editor", "--save")
	s := i.serve(t, "--access-log", "off")
	before, saved := revisions(t, i), 0
	size := i.size(t)
	for n := range 1000 {
		status, wait := s.note(t, "thief", thief, "victim?save=true", strconv.Itoa(n))
		if status == http.StatusTooManyRequests {
			if seconds, err := strconv.Atoi(wait); err != nil || seconds < 1 {
				t.Errorf("got Retry-After %q, want seconds", wait)
			}
			break
		}
		if status != http.StatusOK {
			t.Fatalf("save %d: got %d", n, status)
		}
		saved++
	}
	if got := revisions(t, i) - before; got != saved || saved > 300 {
		t.Errorf("got %d revisions of %d saves by one user, want 300 at most", got, saved)
	}
	t.Logf("%d revisions took %d bytes each", saved, (i.size(t)-size)/int64(max(saved, 1)))
	for what, test := range map[string]struct {
		user, token, path string
		want              int
	}{
		"another user": {"editor", editor, "victim?save=true", http.StatusOK},
		"staged alone": {"thief", thief, "victim", http.StatusAccepted},
	} {
		if status, _ := s.note(t, test.user, test.token, test.path, what); status != test.want {
			t.Errorf("%s: got %d, want %d", what, status, test.want)
		}
	}
	for saved := 0; ; saved++ { // each from the budget of what takes away, which ends too
		status := s.post(t, "thief", thief, "draft/save")
		if status == http.StatusTooManyRequests && saved > 0 && saved <= 300 {
			break
		}
		if status != http.StatusOK || saved > 300 {
			t.Fatalf("the draft, saved %d times: got %d", saved, status)
		}
		s.note(t, "thief", thief, "victim", "draft "+strconv.Itoa(saved))
	}
	if status := s.post(t, "thief", thief, "token?save=true"); status != http.StatusOK {
		t.Errorf("the own token, replaced by who has saved too often: got %d, want 200", status)
	}
}

// post sends a request without a body.
func (s *server) post(t *testing.T, user, token, path string) (status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v2/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, _ = s.exchange(t, request, user, token)
	return status
}

// note changes the note of a user, and returns the status and how long to wait.
func (s *server) note(t *testing.T, user, token, path, note string) (status int, wait string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/api/v2/users/"+path, strings.NewReader(fmt.Sprintf(`{"note":%q}`, note)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return s.exchange(t, request, user, token)
}

func (s *server) exchange(t *testing.T, request *http.Request, user, token string) (status int, wait string) {
	t.Helper()
	request.SetBasicAuth(user, token)
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatalf("%v%s", err, s.lastWords())
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header.Get("Retry-After")
}

func revisions(t *testing.T, i installation) int {
	t.Helper()
	newest, err := strconv.Atoi(i.do(t, "log", "--limit", "1", "--field", "revision"))
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

// size is how many bytes the database takes, its WAL included.
func (i installation) size(t *testing.T) (bytes int64) {
	t.Helper()
	for _, path := range []string{i.database, i.database + "-wal"} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}
