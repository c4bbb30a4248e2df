package db_test

import (
	"fmt"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
)

// BenchmarkAuthenticate is one authentication decision: the proof that the state is fresh, the user, the token.
func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.saveEdit(ann, grant("orders:view"), "ci")
	server := w.serve()
	for _, test := range []struct{ name, user, token string }{
		{"right", "ci", "one"}, {"wrong token", "ci", "two"}, {"unknown user", "nobody", "one"},
	} {
		b.Run(test.name, func(b *testing.B) {
			presented := digest(test.token)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = server.Authenticate(b.Context(), test.user, presented)
			}
		})
	}
}

// BenchmarkStageAndSave is one edit staged and saved in two durable transactions.
func BenchmarkStageAndSave(b *testing.B) {
	w := newWorld(b)
	w.saveEdit(ann, add, "ci")
	for i := 0; b.Loop(); i++ {
		w.stage(ann, note(fmt.Sprint(i)), "ci")
		w.save(ann)
	}
}

// BenchmarkSaveEdit is one edit saved in one durable transaction, among so many users.
func BenchmarkSaveEdit(b *testing.B) {
	for _, users := range []int{1, 10_000} {
		b.Run(fmt.Sprint("users=", users), func(b *testing.B) {
			w := newWorld(b)
			names := make([]string, users)
			for i := range names {
				names[i] = fmt.Sprintf("user%07d", i)
			}
			w.saveEdit(ann, add, names...)
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				edit := db.Edit{Kind: model.KindUser, Draft: ann, Names: names[:1], Change: note(fmt.Sprint(i))}
				if _, err := w.SaveEdit(b.Context(), edit, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
