package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
)

// Filter chooses revisions; the zero value chooses all. What is set must hold together.
type Filter struct {
	User     string    // canonical: saves that changed a user who is, or at the time was, called so
	Role     string    // the same for a role
	Resource string    // the same for a resource
	Operator string    // as the log has it, such as "os:ann"
	Since    time.Time // saved then or later
	Until    time.Time // saved before
	Skip     int64     // not the newest so many of them
	Limit    int       // at most so many, the newest of the others; 0: no limit
}

// errEnough ends a visit of the log that has seen as many revisions as were asked for.
var errEnough = errors.New("enough")

const countRevisionsQuery = `SELECT count(*) FROM revisions `

// conditions are what selects the revisions of a filter.
func (f Filter) conditions(ctx context.Context, tx engine.Tx) (string, []any, error) {
	var conditions []string
	var args []any
	where := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	for _, object := range []struct {
		kind model.Kind
		name string
	}{{model.KindUser, f.User}, {model.KindRole, f.Role}, {model.KindResource, f.Resource}} {
		if object.name == "" {
			continue
		}
		begins, err := everCalled(ctx, tx, object.kind, object.name)
		if err != nil {
			return "", nil, err
		}
		where("revisions.number IN (SELECT revision FROM changes WHERE object_id IN ("+calledQuery+"))", object.kind, begins, begins)
	}
	if f.Operator != "" {
		where("revisions.operator = ?", f.Operator)
	}
	if !f.Since.IsZero() {
		where("revisions.saved_at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		where("revisions.saved_at < ?", f.Until.UnixMilli())
	}
	if len(conditions) == 0 {
		return "", nil, nil
	}
	return "WHERE " + strings.Join(conditions, " AND ") + " ", args, nil
}

// calledQuery finds all objects of a kind that have or once had a name, also removed ones: their records begin with it.
const calledQuery = `SELECT object_id FROM changes WHERE kind = ? AND (instr(before, ?) = 1 OR instr(after, ?) = 1)`

// everCalled is how the record of an object of this name begins. [model.ErrNoUser] or [model.ErrNoRole] where there never
// was one.
func everCalled(ctx context.Context, tx engine.Tx, kind model.Kind, name string) (begins string, err error) {
	content, err := json.Marshal(model.Record{{Key: model.FieldName, Value: name}})
	if err != nil {
		return "", err
	}
	begins = strings.TrimSuffix(string(content), "]") // another field may follow
	var found bool
	row := tx.Row(ctx, "SELECT EXISTS ("+calledQuery+")", kind, begins, begins)
	if err := row.Scan(&found); err != nil {
		return "", err
	}
	if !found && !isEmbedded(kind, name) {
		return "", fmt.Errorf("%w: %s", kind.Missing(), name)
	}
	return begins, nil
}

// isEmbedded tells whether an object is a resource that is there without any save.
func isEmbedded(kind model.Kind, name string) bool {
	_, embedded := perms.Store().Resource(name)
	return kind == model.KindResource && embedded
}

// Kinds lists the kinds of which some object has, or once had, a name, in alphabetical order.
func (r Reader) Kinds(ctx context.Context, name string) (kinds []model.Kind, err error) {
	err = r.read(ctx, func(tx engine.Tx) error {
		for _, kind := range []model.Kind{model.KindResource, model.KindRole, model.KindUser} {
			switch _, err := everCalled(ctx, tx, kind, name); {
			case err == nil:
				kinds = append(kinds, kind)
			case !errors.Is(err, kind.Missing()):
				return err
			}
		}
		return nil
	})
	return kinds, err
}
