package data

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/db/internal/sqlite"
)

// Account is who writes documents, and how much there may be of them. The zero value is nobody's and has no quotas.
//
// A document counts with its body as it is stored, and with 128 bytes for its row: to its resource, and to the user who
// last wrote it. So nobody can use up another's quota.
type Account struct {
	User          int64 // number of the user in the user database; 0: none
	UserQuota     int64 // bytes of all documents that the user last wrote; 0: any number
	ResourceQuota int64 // bytes of all documents of the resource that is written to; 0: any number
}

// QuotaError says which quota a write would exceed. It is an [ErrFull]: nothing was changed.
type QuotaError struct {
	Resource string // whose quota it is; "": the user's
	Bytes    int64  // there would be
	Quota    int64  // bytes that there may be
}

func (e *QuotaError) Error() string {
	whose := "documents of " + e.Resource
	if e.Resource == "" {
		whose = "documents that the user last wrote"
	}
	return fmt.Sprintf("the %s would take %d KiB, and their quota is %d KiB", whose, (e.Bytes+1023)>>10, e.Quota>>10)
}

// Unwrap makes a QuotaError match [ErrFull].
func (e *QuotaError) Unwrap() error { return ErrFull }

// By is the same file for writes of an account: what it creates and changes is held against the quotas, *[QuotaError], and
// counts to its user from then on. What takes no more than before is never refused. Close the original alone.
func (d *Data) By(account Account) *Data {
	by := *d
	by.account = account
	return &by
}

// writer is the user to whom what is written counts.
func (a Account) writer() sql.NullInt64 { return sql.NullInt64{Int64: a.User, Valid: a.User != 0} }

// hold runs work, which writes documents of a resource, and holds what there is afterwards against the quotas.
func (a Account) hold(ctx context.Context, tx *sql.Tx, resource string, work func() error) error {
	if a.UserQuota == 0 && a.ResourceQuota == 0 {
		return work()
	}
	before, err := a.usage(ctx, tx, resource)
	if err == nil {
		err = work()
	}
	if err != nil {
		return err
	}
	after, err := a.usage(ctx, tx, resource)
	if err != nil {
		return err
	}
	if quota := a.ResourceQuota; quota != 0 && after.resource > max(quota, before.resource) {
		return &QuotaError{Resource: resource, Bytes: after.resource, Quota: quota}
	}
	if quota := a.UserQuota; quota != 0 && after.user > max(quota, before.user) {
		return &QuotaError{Bytes: after.user, Quota: quota}
	}
	return nil
}

// usage is what counts to the quotas of an account, in bytes.
type usage struct{ resource, user int64 }

func (a Account) usage(ctx context.Context, tx *sql.Tx, resource string) (found usage, err error) {
	row := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT bytes FROM collections WHERE resource = ?), 0),
		coalesce((SELECT bytes FROM writers WHERE user_id = ?), 0)`, resource, a.User)
	err = row.Scan(&found.resource, &found.user)
	return found, sqlite.Explain(err)
}
