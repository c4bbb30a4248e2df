package db

import (
	"context"
	"database/sql"
	"errors"

	"latchkey/db/internal/sqlitefile"
)

// prepared are the queries of every authentication, compiled once. Only a watched database has them: a command, which
// authenticates nobody, would compile them for nothing.
type prepared map[string]*sql.Stmt

func prepare(ctx context.Context, pool *sql.DB) (prepared, error) {
	statements := prepared{}
	for _, query := range []string{credentialsQuery, objectQuery, objectRulesQuery, objectRolesQuery, liveResourcesQuery} {
		statement, err := pool.PrepareContext(ctx, query) //nolint:sqlclosecheck // it is closed with the database
		if err != nil {
			return nil, errors.Join(sqlitefile.Explain(err), statements.close())
		}
		statements[query] = statement
	}
	return statements, nil
}

func (p prepared) close() error {
	var err error
	for _, statement := range p {
		err = errors.Join(err, statement.Close())
	}
	return err
}

// preparedTx is a transaction that compiles no query anew that is prepared.
type preparedTx struct {
	*sql.Tx
	prepared prepared
}

func (t preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if statement := t.prepared[query]; statement != nil {
		return t.StmtContext(ctx, statement).QueryContext(ctx, args...) //nolint:sqlclosecheck // it is closed with the transaction
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

func (t preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if statement := t.prepared[query]; statement != nil {
		return t.StmtContext(ctx, statement).QueryRowContext(ctx, args...) //nolint:sqlclosecheck // it is closed with the transaction
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}
