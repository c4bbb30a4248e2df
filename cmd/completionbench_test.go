package cmd_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
)

// BenchmarkComplete is a key press in the shell: a whole process that finds the users of a prefix, among so many.
// BenchmarkProcessStart is the floor under it.
func BenchmarkComplete(b *testing.B) {
	for _, users := range []int{10, 100 * benchmarkUsers(b)} {
		b.Run(fmt.Sprint("users=", users), func(b *testing.B) {
			w := newWorkshop(b)
			w.addUsers(users)
			b.ResetTimer()
			for b.Loop() {
				w.run("__complete", "user", "show", "user00000")
			}
		})
	}
}

// addUsers makes the database with users user0000000 and on, all in one save.
func (w *workshop) addUsers(count int) {
	w.t.Helper()
	users := make([]model.Object, count)
	for i := range users {
		users[i] = model.Object{Kind: model.KindUser, Name: fmt.Sprintf("user%07d", i)}
	}
	options := db.Options{Clock: func() time.Time { return time.Unix(1_750_000_000, 0) }}
	path := filepath.Join(w.directory, "latchkey.db")
	if err := db.Create(w.t.Context(), path, options, model.Operator{Name: "os:bench"}, users); err != nil {
		w.t.Fatal(err)
	}
}
