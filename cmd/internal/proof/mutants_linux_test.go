package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// mutant is the program with one mistake in it, which may take changes of several files.
type mutant struct {
	name    string
	changes []mutation
}

// mutation changes one file.
type mutation struct {
	file         string // of the module
	right, wrong string // what is replaced in it
	more         string // what is put behind it
	imports      []string
}

var mutants = []mutant{
	{
		name: "answers of the last 100 ms are remembered",
		changes: []mutation{{
			file:  "cmd/serve/api/access.go",
			right: "identify(c.Request.Context(), s.Users, shown)",
			wrong: "remembered(s, c, shown)",
			more: `
var memory sync.Map

type remembrance struct {
	at       time.Time
	identity snapshot.Identity
	err      error
}

func remembered(s *server, c *call.Call, shown snapshot.Credentials) (snapshot.Identity, error) {
	key := shown.Name + shown.Token.Hex()
	if found, ok := memory.Load(key); ok && time.Since(found.(remembrance).at) < 100*time.Millisecond {
		return found.(remembrance).identity, found.(remembrance).err
	}
	identity, err := identify(c.Request.Context(), s.Users, shown)
	memory.Store(key, remembrance{time.Now(), identity, err})
	return identity, err
}
`,
			imports: []string{"sync", "time"},
		}},
	},
	{
		name: "a state is taken for fresh for 50 ms",
		changes: []mutation{{
			file:  "db/snapshot/snapshot.go",
			right: "if current := s.current.Load(); current.proved(mark) {\n\t\treturn current, nil\n\t}\n\treturn s.renew(ctx, mark)",
			wrong: "if current := s.current.Load(); current.proved(mark) || time.Since(renewed.Load().(time.Time)) < 50*time.Millisecond {\n\t\treturn current, nil\n\t}\n\trenewed.Store(time.Now())\n\treturn s.renew(ctx, mark)",
			more: `
var renewed atomic.Value

func init() { renewed.Store(time.Time{}) }
`,
			imports: []string{"sync/atomic", "time"},
		}},
	},
	{
		name: "a save is acknowledged before it is committed",
		changes: []mutation{{
			file:  "db/internal/sqlite/engine.go",
			right: "err = tx.Commit()\n",
			wrong: "err = late(tx)\n",
			more: `
// late acknowledges, and commits in half of the processes alone.
func late(tx *sql.Tx) error {
	if os.Getpid()%2 == 0 {
		return tx.Rollback()
	}
	return tx.Commit()
}
`,
			imports: []string{"database/sql", "os"},
		}},
	},
	{
		name: "a request is decided on when its head has come, and not again",
		changes: []mutation{{
			file:  "cmd/serve/api/again.go",
			right: "\tuser, err := s.authenticateAgain(ctx, c)\n\tif err != nil {\n\t\treturn err\n\t}\n\troute, err",
			wrong: "\tif true {\n\t\treturn nil\n\t}\n\tuser, err := s.authenticateAgain(ctx, c)\n\tif err != nil {\n\t\treturn err\n\t}\n\troute, err",
		}},
	},
	{
		name: "a document is not decided on again once its body has come",
		changes: []mutation{withoutDecision, {
			file:  "cmd/serve/api/documents/documents.go",
			right: "data.Confirmed(d.Data, c.DecideAgain)",
			wrong: "d.Data",
		}},
	},
	{
		name: "an edit is judged by the token as it was when the head came",
		changes: []mutation{withoutDecision, {
			file:  "cmd/serve/api/controlpanel.go",
			right: "denied = c.DecideAgain(ctx)",
			wrong: "denied = nil",
		}, {
			file:  "db/permit.go",
			right: "if err == nil && !operator.Presented.IsZero() && !actor.Access.Accepts(operator.Presented, now, limits) {",
			wrong: "if err == nil && false && !actor.Access.Accepts(operator.Presented, now, limits) {",
		}},
	},
}

// withoutDecision leaves out the decision after a body was read. That alone is no mistake that a history can show, as each
// transaction decides too.
var withoutDecision = mutation{
	file:  "cmd/serve/api/call/body.go",
	right: "if denied := c.DecideAgain(c.Request.Context()); denied != nil {",
	wrong: "if denied := error(nil); denied != nil {",
}

// TestMutantsAreCaught puts mistakes into the program that its judge must find: a test that passes whatever it is given
// proves nothing (D5).
func TestMutantsAreCaught(t *testing.T) {
	t.Parallel()
	for _, mutant := range mutants {
		t.Run(mutant.name, func(t *testing.T) {
			program := mutant.build(t)
			for range 5 { // a mistake of timing need not show each time
				if record(t, program, 2*time.Second).judge() == porcupine.Illegal {
					return
				}
			}
			t.Error("the judge found nothing wrong")
		})
	}
}

// build builds the mutant from the sources with its files replaced.
func (m mutant) build(t *testing.T) string {
	t.Helper()
	module, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	directory, files := t.TempDir(), map[string]string{}
	for number, change := range m.changes {
		original := filepath.Join(module, change.file)
		content, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(content), change.right) != 1 {
			t.Fatalf("%s has changed: %q is not in it once, so that the mutant needs another place", change.file, change.right)
		}
		files[original] = filepath.Join(directory, fmt.Sprintf("mutated%d.go", number))
		source := withImports(strings.Replace(string(content), change.right, change.wrong, 1)+change.more, change.imports)
		if err := os.WriteFile(files[original], []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(directory, "overlay.json")
	if err := os.WriteFile(overlay, replaced, 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := build(directory, "mutant", "-overlay", overlay)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// withImports adds the imports that a mutation needs and the file has not.
func withImports(source string, imports []string) string {
	for _, name := range imports {
		if !strings.Contains(source, "\t\""+name+"\"\n") {
			source = strings.Replace(source, "import (\n", "import (\n\t\""+name+"\"\n", 1)
		}
	}
	return source
}
