package proof

import (
	"context"
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
	token int // regenerate: the new one; read: the one presented
}

type kind int

const (
	regenerate kind = iota // makes the token the only one
	deny                   // takes orders:view away
	allow                  // gives it back
	read                   // GET /orders; the output is its status
)

// access is what a user may do at a moment.
type access struct {
	token int
	may   bool
}

// saves is what the promise says (promise 1, D5): each save happens at one moment between the start of its command and
// its exit, and each request is decided by the state of one moment between its first byte and its answer.
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
		case read:
			return as[int](output) == now.answer(did.token), now
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
	return http.StatusNoContent // there are no orders
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
			t.Logf("%d operations, %d of them saves (%d killed), %d answers 204, %d 403, %d 401", len(h.operations),
				h.saves, h.killed, h.answers[http.StatusNoContent], h.answers[http.StatusForbidden], h.answers[http.StatusUnauthorized])
			if h.saves < 10 || len(h.answers) < 3 {
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
	answers       map[int]int
	tokens        [users][]string // of each user, by number
}

const (
	users   = 3
	clients = 4 // of each server
)

func (h *history) now() int64 { return time.Since(h.began).Nanoseconds() }

func (h *history) add(client int, did operation, output any, began, ended int64) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: did, Output: output, Call: began, Return: ended})
	if did.kind == read {
		h.answers[as[int](output)]++
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
	h := &history{answers: map[int]int{}}
	for user := range users {
		i.do(t, "user", "add", nameOf(user), "--save")
		i.do(t, "perm", "grant", nameOf(user), "orders:*", "--save")
		h.tokens[user] = []string{i.do(t, "token", "enable", nameOf(user), "--save")}
	}
	i.program = program
	steady := i.serve(t)
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
		{"perm", "deny", nameOf(user), "orders:view", "--save"},
		{"token", "regenerate", nameOf(user), "--save"},
		{"perm", "revoke", nameOf(user), "orders:view", "--save"},
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
		case err == nil && code == http.StatusTooManyRequests: // a refusal like 401, for those who have failed often
			h.add(client, did, http.StatusUnauthorized, began, ended)
		case err == nil:
			h.add(client, did, code, began, ended)
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
