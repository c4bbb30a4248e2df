package db_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// damages is how many bytes TestOneFlippedByteGivesNobodyMore flips, one at a time; LATCHKEY_DAMAGES sets another number.
const damages = 300

// TestOneFlippedByteGivesNobodyMore damages a database in one byte after the other: whatever comes of it, nobody may do
// more than before, and no token works that did not (D11). Where a table reads differently afterwards, an examination
// names damage.
func TestOneFlippedByteGivesNobodyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	held := populate(w)
	path := filepath.Join(t.TempDir(), "sound.db")
	if _, err := backup.Write(t.Context(), w.DB, path); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tables := dump(t, path)
	altered := 0
	for range damagesWanted(t) {
		at, mask := below(t, len(sound)), byte(1+below(t, 255))
		damaged := filepath.Join(t.TempDir(), "damaged.db")
		content := slices.Clone(sound)
		content[at] ^= mask
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("byte %d xor %#02x", at, mask)
		found := w.examineDamaged(damaged, what, held)
		if now := dump(t, damaged); now != tables {
			altered++
			if !found {
				t.Errorf("%s: the tables read differently, and no examination says so", what)
			}
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(damaged + suffix)
		}
	}
	if altered == 0 {
		t.Error("no damage altered anything: the test is blind")
	}
	t.Logf("%d damages altered what tables say", altered)
}

func below(t *testing.T, limit int) int {
	t.Helper()
	number, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		t.Fatal(err)
	}
	return int(number.Int64())
}

func damagesWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LATCHKEY_DAMAGES")
	if text == "" {
		return damages
	}
	count, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// holder is what a user may do with the right token.
type holder struct {
	token tokens.Digest
	may   map[perms.Permission]bool
}

// populate makes users who may different things, and returns what.
func populate(w *world) map[string]holder {
	w.saveEdit(ann, add, "low", "mid", "high", "off")
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	w.must(w.edit(ann, true, model.KindRole, grant("customers:*"), "support"))
	for name, patterns := range map[string][]string{"low": {"orders:view"}, "mid": {"orders:*", "products:view"}, "high": {"*:*"}} {
		w.saveEdit(ann, w.enable(digest(name)), name)
		for _, pattern := range patterns {
			w.saveEdit(ann, grant(pattern), name)
		}
	}
	w.saveEdit(ann, on(func(user *model.Object) error { user.Assign("support"); return nil }), "mid")
	w.saveEdit(ann, on(func(user *model.Object) error {
		user.Rules = user.Rules.With(perms.Rule{Effect: perms.Deny, Pattern: perms.Pattern{Resource: "customers", Action: "delete_all"}})
		return nil
	}), "mid")
	held := map[string]holder{"off": {token: digest("off")}}
	for _, name := range []string{"low", "mid", "high"} {
		identity, err := w.Authenticate(w.t.Context(), name, digest(name))
		if err != nil {
			w.t.Fatal(err)
		}
		held[name] = holder{digest(name), w.may(identity)}
	}
	return held
}

func (w *world) may(identity snapshot.Identity) map[perms.Permission]bool {
	may := map[perms.Permission]bool{}
	for _, permission := range perms.Store().Permissions() {
		if perms.Decide(identity.Rules(), permission, identity.Now).Allowed {
			may[permission] = true
		}
	}
	return may
}

// examineDamaged authenticates everybody against a damaged file and tells whether an examination, or the open, finds the
// damage.
func (w *world) examineDamaged(path, what string, held map[string]holder) bool {
	w.t.Helper()
	database, err := db.Open(w.t.Context(), path, db.Options{Clock: w.clock, Watched: true})
	if err != nil {
		return true
	}
	defer database.Close()
	for name, before := range held {
		for owner, other := range held {
			identity, err := database.Authenticate(w.t.Context(), name, other.token)
			if err != nil {
				continue
			}
			if owner != name || len(before.may) == 0 {
				w.t.Errorf("%s: %s gets in with the token of %s", what, name, owner)
			}
			for permission := range maps.Keys(w.may(identity)) {
				if !before.may[permission] {
					w.t.Errorf("%s: %s may %s", what, name, permission)
				}
			}
		}
	}
	found, err := backup.Damages(w.t.Context(), database)
	_, logErr := database.History().Verify(w.t.Context(), nil)
	return errors.Join(append(found, err, logErr, database.Examine(w.t.Context()))...) != nil
}

// dump is everything in the tables that saves write, or the error of reading it.
func dump(t *testing.T, path string) string {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var out strings.Builder
	for _, table := range []string{"revisions", "changes", "objects", "rules", "assignments"} {
		if err := dumpTable(t, raw, table, &out); err != nil {
			return err.Error()
		}
	}
	return out.String()
}

func dumpTable(t *testing.T, raw *sql.DB, table string, out io.Writer) error {
	rows, err := raw.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s %v\n", table, values)
	}
	return rows.Err()
}
