package data_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"latchkey/db/data"
)

// counted is what each resource and each user counts, as the file has it and as its documents say.
func counted(ctx context.Context, pool *sql.DB) (kept, summed map[string]int64, err error) {
	read := func(query string) map[string]int64 {
		found := map[string]int64{}
		rows, queryErr := pool.QueryContext(ctx, query)
		if queryErr != nil {
			err = errors.Join(err, queryErr)
			return nil
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var bytes int64
			err = errors.Join(err, rows.Scan(&name, &bytes))
			found[name] = bytes
		}
		err = errors.Join(err, rows.Err())
		return found
	}
	kept = read(`SELECT resource, bytes FROM collections WHERE bytes > 0 UNION ALL SELECT user_id, bytes FROM writers WHERE bytes > 0`)
	summed = read(`SELECT resource, sum(length(CAST(body AS BLOB)) + 128) FROM documents GROUP BY resource
		UNION ALL SELECT writer, sum(length(CAST(body AS BLOB)) + 128) FROM documents WHERE writer IS NOT NULL GROUP BY writer`)
	return kept, summed, err
}

// TestQuotasAgainstModel: whatever is written and deleted, by whomever, what counts is the sum of what there is; a write is
// refused exactly where it would bring that above a quota and above what it was before.
func TestQuotasAgainstModel(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	rounds := 0
	rapid.Check(t, func(t *rapid.T) {
		rounds++
		path := filepath.Join(directory, fmt.Sprint(rounds, "-data.db"))
		file, err := data.Open(t.Context(), path, (&clock{now: start}).time)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		pool, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		for range rapid.IntRange(1, 25).Draw(t, "writes") {
			aQuotaWrite(t, file, pool)
		}
	})
}

func aQuotaWrite(t *rapid.T, file *data.Data, pool *sql.DB) {
	ctx := context.Background()
	before, _, err := counted(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	account := data.Account{User: rapid.Int64Range(0, 3).Draw(t, "user"), UserQuota: rapid.SampledFrom([]int64{0, 300, 1000}).Draw(t, "user's quota"),
		ResourceQuota: rapid.SampledFrom([]int64{0, 300, 2000}).Draw(t, "resource's quota")}
	collection := rapid.SampledFrom([]data.Collection{orders, shipments(1), {Resource: "store"}}).Draw(t, "collection")
	refused, err := aWrite(t, file.By(account), collection)
	var quota *data.QuotaError
	if err != nil && !errors.As(err, &quota) && !errors.Is(err, data.ErrNoDocument) && !errors.Is(err, data.ErrNoParent) {
		t.Fatal(err)
	}
	after, summed, countErr := counted(ctx, pool)
	if countErr != nil || fmt.Sprint(after) != fmt.Sprint(summed) {
		t.Fatalf("counted %v, the sums are %v, %v", after, summed, countErr)
	}
	if err != nil {
		if fmt.Sprint(after) != fmt.Sprint(before) {
			t.Fatalf("%v, and it was changed: %v, was %v", err, after, before)
		}
		if quota == nil {
			return
		}
		// The same without quotas: was it right to refuse it?
		if err := refused(file.By(data.Account{User: account.User})); err != nil {
			t.Fatal(err)
		}
		if after, _, err = counted(ctx, pool); err != nil {
			t.Fatal(err)
		}
	}
	user := fmt.Sprint(account.User)
	over := account.ResourceQuota != 0 && after[collection.Resource] > max(account.ResourceQuota, before[collection.Resource]) ||
		account.UserQuota != 0 && account.User != 0 && after[user] > max(account.UserQuota, before[user])
	if over != (quota != nil) {
		t.Fatalf("%+v: %v; before %v, with it %v", account, err, before, after)
	}
}

// aWrite makes a write, and returns it so that it can be made by another account.
func aWrite(t *rapid.T, file *data.Data, collection data.Collection) (func(*data.Data) error, error) {
	ctx, size := context.Background(), rapid.IntRange(0, 400).Draw(t, "size")
	content := data.Fields{"text": fmt.Appendf(nil, "%q", strings.Repeat("é", size))}
	id := rapid.Int64Range(1, 5).Draw(t, "id")
	var write func(*data.Data) error
	switch rapid.IntRange(0, 6).Draw(t, "kind of write") {
	case 0:
		write = func(file *data.Data) error { return file.Delete(ctx, collection, id, nil) }
	case 1:
		write = func(file *data.Data) error { return file.DeleteAll(ctx, collection, nil, nil) }
	case 2:
		write = func(file *data.Data) error { _, err := file.Update(ctx, collection, id, content, nil); return err }
	case 3:
		write = func(file *data.Data) error { _, err := file.UpdateSingle(ctx, collection, content, nil); return err }
	case 4:
		write = func(file *data.Data) error {
			draft, err := data.NewDraft(0, content)
			return errors.Join(err, file.Import(ctx, collection, []data.Draft{draft, draft}, nil))
		}
	default:
		write = func(file *data.Data) error { _, err := file.Create(ctx, collection, content, nil); return err }
	}
	return write, write(file)
}

// TestQuotasAreTold: what is refused is a full disk to whoever does not ask, and says which quota it is.
func TestQuotasAreTold(t *testing.T) {
	t.Parallel()
	file, _ := fresh(t)
	const kib = 1 << 10
	for _, test := range []struct {
		account data.Account
		want    string
	}{
		{data.Account{User: 1, UserQuota: kib, ResourceQuota: 8 * kib}, "the documents that the user last wrote would take 3 KiB, and their quota is 1 KiB"},
		{data.Account{User: 1, UserQuota: 8 * kib, ResourceQuota: kib}, "the documents of orders would take 3 KiB, and their quota is 1 KiB"},
	} {
		_, err := file.By(test.account).Create(t.Context(), orders, fields(t, fmt.Sprintf(`{"text": %q}`, strings.Repeat("x", 2*kib))), nil)
		if !errors.Is(err, data.ErrFull) || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// TestRestoreCountsToWhoWrote: what a restore brings back counts to whom it counted in the backup.
func TestRestoreCountsToWhoWrote(t *testing.T) {
	t.Parallel()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "shop-data.db")
	file, _ := open(t, path)
	ann, bob := file.By(data.Account{User: 1}), file.By(data.Account{User: 2})
	for _, by := range []*data.Data{ann, bob} {
		if _, err := by.Create(ctx, orders, fields(t, `{"text": "first"}`), nil); err != nil {
			t.Fatal(err)
		}
	}
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	want, _, err := counted(ctx, pool)
	if err != nil || want["1"] == 0 || want["1"] != want["2"] {
		t.Fatalf("got %v, %v", want, err)
	}
	backup := path + ".backup"
	if err := file.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Update(ctx, orders, 1, fields(t, `{"text": "taken over"}`), nil); err != nil {
		t.Fatal(err)
	}
	if err := ann.Delete(ctx, orders, 2, nil); err != nil {
		t.Fatal(err)
	}
	from, err := data.OpenReadOnly(ctx, backup)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if _, err := file.Restore(ctx, from, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, summed, err := counted(ctx, pool); err != nil || fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(summed) != fmt.Sprint(want) {
		t.Errorf("got %v, sums %v, %v; want %v", got, summed, err, want)
	}
}
