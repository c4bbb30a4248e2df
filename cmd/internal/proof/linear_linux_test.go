package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// What was done to or asked of a user. Tokens are numbered in the order in which they were printed.
type operation struct {
	user  int
	kind  kind
	token int // regenerate: the new one; of a request: the one presented
}

type kind int

const (
	regenerate kind = iota // makes the token the only one
	deny                   // takes all permissions away
	allow                  // gives them back
	read                   // GET /orders; the output is an outcome
	write                  // POST /orders, with a body that comes late
	takeOver               // POST /token?save=true with such a body: makes another token the only one
)

// outcome is what came of a request.
type outcome struct {
	status int
	token  int // takeOver, with the status 200: the new one
}

// access is what a user may do at a moment.
type access struct {
	token int
	may   bool
}

// saves is what the promise says (promise 1, D5): each save happens at one moment between the start of its command and
// its exit, and each request is decided by the state of one moment between the last byte of its body, or of its head where it
// has none, and its answer (H11).
var saves = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		users := map[int][]porcupine.Operation{}
		for _, one := range history {
			user := as[operation](one.Input).user
			users[user] = append(users[user], one)
		}
		var parts [][]porcupine.Operation
		for _, part := range users {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return access{token: 0, may: true} },
	Step: func(state, input, output any) (bool, any) {
		now, did := as[access](state), as[operation](input)
		switch did.kind {
		case regenerate:
			now.token = did.token
		case deny:
			now.may = false
		case allow:
			now.may = true
		case read, write:
			return as[outcome](output).status == now.answer(did.token), now
		case takeOver:
			got := as[outcome](output)
			possible := got.status == now.answer(did.token)
			if got.status == http.StatusOK {
				now.token = got.token
			}
			return possible, now
		}
		return true, now
	},
}

// as is a value of the judge's in its type, which is no other.
func as[T any](value any) T {
	typed, ok := value.(T)
	if !ok {
		panic(fmt.Sprintf("%T in a history", value))
	}
	return typed
}

// answer is the status of a request.
func (a access) answer(token int) int {
	switch {
	case token != a.token:
		return http.StatusUnauthorized
	case !a.may:
		return http.StatusForbidden
	}
	return http.StatusOK
}

// TestHistoriesAreLinearizable lets processes rotate tokens and change rules, some of them killed, while clients ask two
// servers, of which one is killed and started again, and has porcupine judge what happened.
func TestHistoriesAreLinearizable(t *testing.T) {
	t.Parallel()
	for round := range amount(1, 20) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			h := record(t, binary, time.Duration(amount(3, 15))*time.Second)
			if verdict := h.judge(); verdict != porcupine.Ok {
				t.Errorf("%d operations: %s", len(h.operations), verdict)
			}
			t.Logf("%d operations, %d of them saves (%d killed); answers to reads, late writes and take-overs: %v, %v, %v", len(h.operations),
				h.saves, h.killed, h.answers[read], h.answers[write], h.answers[takeOver])
			if h.saves < 10 || len(h.answers[read]) < 3 || len(h.answers[write]) < 3 || len(h.answers[takeOver]) < 3 {
				t.Error("hardly anything happened: the test is blind")
			}
		})
	}
}

// history collects operations. It is safe for concurrent use.
type history struct {
	began time.Time

	mutex         sync.Mutex
	operations    []porcupine.Operation
	saves, killed int
	answers       map[kind]map[int]int // how many of each status
	tokens        [users][]string      // of each user, by number
}

const (
	users   = 3
	clients = 4 // of each server

	lateClients = 3 // of one server
)

func (h *history) now() int64 { return time.Since(h.began).Nanoseconds() }

func (h *history) add(client int, did operation, output any, began, ended int64) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: did, Output: output, Call: began, Return: ended})
	if got, ok := output.(outcome); ok {
		if h.answers[did.kind] == nil {
			h.answers[did.kind] = map[int]int{}
		}
		h.answers[did.kind][got.status]++
		return
	}
	h.saves++
	if ended == unknown {
		h.killed++
	}
}

// unknown is the end of a command that was killed: it may have saved at any time since its start, or never.
const unknown = math.MaxInt64

func (h *history) judge() porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(saves, h.operations, 2*time.Minute)
}

// newToken numbers a token that was printed.
func (h *history) newToken(user int, token string) int {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.tokens[user] = append(h.tokens[user], token)
	return len(h.tokens[user]) - 1
}

// recent picks one of the newest tokens of a user.
func (h *history) recent(user, which int) (number int, token string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	number = len(h.tokens[user]) - 1 - which%min(3, len(h.tokens[user]))
	return number, h.tokens[user][number]
}

// record lets a program be used for a while.
func record(t *testing.T, program string, period time.Duration) *history {
	t.Helper()
	i := install(t)
	h := &history{answers: map[kind]map[int]int{}}
	for user := range users {
		i.do(t, "user", "add", nameOf(user), "--save")
		i.do(t, "perm", "grant", nameOf(user), "orders:*", "tokens:rotate_own", "--save")
		h.tokens[user] = []string{i.do(t, "token", "enable", nameOf(user), "--save")}
	}
	i.program = program
	steady := i.serve(t, "--save-limit", "off")
	var shaky atomic.Pointer[server]
	shaky.Store(i.serve(t))
	h.began = time.Now()
	ctx, stop := context.WithTimeout(t.Context(), period)
	defer stop()
	var working sync.WaitGroup
	for user := range users {
		working.Go(func() { h.edit(ctx, t, i, user) })
	}
	for client := range clients {
		working.Go(func() { h.ask(ctx, t, users+client, steady.get) })
		working.Go(func() {
			h.ask(ctx, nil, users+clients+client, func(ctx context.Context, user, token, path string) (int, error) {
				return shaky.Load().get(ctx, user, token, path)
			})
		})
	}
	for client := range lateClients {
		working.Go(func() { h.beLate(ctx, t, users+2*clients+client, steady) })
	}
	working.Go(func() { crash(ctx, t, i, &shaky) })
	working.Wait()
	shaky.Load().kill()
	return h
}

func nameOf(user int) string { return fmt.Sprintf("user%d", user) }

// crash kills a server and starts it again, several times.
func crash(ctx context.Context, t *testing.T, i installation, running *atomic.Pointer[server]) {
	tick := time.NewTicker(700 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		running.Load().kill()
		next, err := i.start()
		if err != nil {
			t.Errorf("starting a server again: %v", err)
			return
		}
		running.Store(next)
	}
}

// edit makes one save after the other of a user. Every eighth command is killed on its way.
func (h *history) edit(ctx context.Context, t *testing.T, i installation, user int) {
	lines := [][]string{
		{"token", "regenerate", nameOf(user), "--save"},
		{"perm", "deny", nameOf(user), "*:*", "-y", "--save"},
		{"token", "regenerate", nameOf(user), "--save"},
		{"perm", "revoke", nameOf(user), "*:*", "-y", "--save"},
	}
	kinds := []kind{regenerate, deny, regenerate, allow}
	for number := 0; ctx.Err() == nil; number++ {
		at := number % len(lines)
		killing, cancel := context.WithCancel(context.WithoutCancel(ctx))
		if number%8 == 7-user { // its rule may have been changed or not; --ensure makes the next one certain
			timer := time.AfterFunc(time.Duration(number%12)*time.Millisecond, cancel)
			defer timer.Stop()
		}
		arguments := lines[at]
		if kinds[at] != regenerate {
			arguments = append(slices.Clone(arguments), "--ensure")
		}
		began := h.now()
		output, err := i.command(killing, nil, arguments...).Output()
		ended := h.now()
		wasKilled := killing.Err() != nil
		cancel()
		did := operation{user: user, kind: kinds[at]}
		if token := strings.TrimSpace(string(output)); did.kind == regenerate && token != "" {
			did.token = h.newToken(user, token)
		} else if did.kind == regenerate {
			continue // killed before it could save: a token is written first
		}
		switch {
		case err == nil:
			h.add(user, did, nil, began, ended)
		case wasKilled:
			h.add(user, did, nil, began, unknown)
		case status(err) == 6: // a token was taken over between showing one and saving it
		default:
			t.Errorf("latchkey %s: %v", strings.Join(arguments, " "), err)
			return
		}
	}
}

// ask makes requests with tokens that work, used to work, or are about to. A server that is killed may leave a request
// without an answer; with a t, none may.
func (h *history) ask(ctx context.Context, t *testing.T, client int, get func(ctx context.Context, user, token, path string) (int, error)) {
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for number := client; ctx.Err() == nil; number++ {
		user := number % users
		did := operation{user: user, kind: read}
		var token string
		did.token, token = h.recent(user, number/users)
		began := h.now()
		code, err := get(ctx, nameOf(user), token, "/api/v2/orders")
		ended := h.now()
		switch {
		case err == nil:
			h.add(client, did, outcome{status: plain(code)}, began, ended)
		case t != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled):
			t.Errorf("a request to the server that is not killed: %v", err)
			return
		}
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

// plain is 200 for every success, there being orders or not, and 401 also for those who have failed often.
func plain(status int) int {
	switch {
	case status/100 == 2:
		return http.StatusOK
	case status == http.StatusTooManyRequests:
		return http.StatusUnauthorized
	}
	return status
}

// beLate makes requests whose bodies come some time after the server has decided on their heads: it writes orders, and takes
// tokens over.
func (h *history) beLate(ctx context.Context, t *testing.T, number int, s *server) {
	client := s.lateClient(1 + number%2)
	defer client.CloseIdleConnections()
	for turn := number; ctx.Err() == nil; turn++ {
		did := operation{user: turn % users, kind: write}
		path := "/api/v2/orders"
		if turn%2 == 0 {
			did.kind, path = takeOver, "/api/v2/token?save=true"
		}
		var token string
		did.token, token = h.recent(did.user, turn%7/6)
		began := h.now()
		finished := began
		held, got := s.begin(t.Context(), client, caller{nameOf(did.user), token}, http.MethodPost, path, "{}")
		if held != nil {
			select { // for a save to happen
			case <-ctx.Done():
			case <-time.After(time.Duration(turn*37%60) * time.Millisecond):
			}
			finished = h.now()
			got = held.finish()
		}
		ended := h.now()
		came := outcome{status: plain(got.status)}
		if came.status == http.StatusOK || number%2 == 0 {
			began = finished
		} // else it was HTTP/2, where the rest of a body is asked for also when its head was refused
		if came.status == http.StatusOK && did.kind == takeOver {
			var issued struct{ Token string }
			if err := json.Unmarshal([]byte(got.body), &issued); err != nil {
				t.Errorf("a token that was taken over: %v", err)
				return
			}
			came.token = h.newToken(did.user, issued.Token)
		}
		if got.err != nil {
			t.Errorf("a late request to the server that is not killed: %v", got.err)
			return
		}
		h.add(number, did, came, began, ended)
	}
}
