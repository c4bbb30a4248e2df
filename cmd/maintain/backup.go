package maintain

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/data"
	"latchkey/db/history"
)

func newBackup(a *app.App) *cobra.Command {
	var withData bool
	command := &cobra.Command{
		Use: "backup FILE|-", Short: "Write a verified copy of the database to a new file", Args: app.Exactly(1, "a file to write, or - for standard output"),
		Long: `Write a copy of the database to a new file, mode 0600: users, roles, drafts and the whole log, as they are at one moment.
Servers and commands go on meanwhile. The copy is verified before it gets its name, and it never replaces another file. It
holds no token, but the digests that the server compares. So keep it as safe as the database.

The copy is marked as a backup: every command that reads takes it as --db, and nothing changes it. 'latchkey restore' makes it
live.

--with-data copies the documents of the API too, into FILE-data.db beside it. The two files are copied one after the other.
What is saved in between is in one of them only.

With - the copy goes to standard output, once it is verified, for a program that packs, encrypts or sends it. Until then it
is in a directory of its own among the temporary files (TMPDIR), and from then on in no file.`,
		Example: app.TrimExample(`
  latchkey backup /var/backups/latchkey-$(date +%F).db
  latchkey backup before-the-move.db --with-data
  latchkey backup - | gzip >latchkey.db.gz`),
		Annotations: app.ViewExits(app.ExitState),
		RunE: func(command *cobra.Command, args []string) error {
			if args[0] == standardStream {
				return streamBackup(command.Context(), a, withData)
			}
			return writeBackup(command.Context(), a, args[0], withData)
		},
	}
	command.Flags().BoolVar(&withData, "with-data", false, "copy the documents of the API too")
	return command
}

func writeBackup(ctx context.Context, a *app.App, path string, withData bool) error {
	if err := a.CheckOutput(BackupShape{}); err != nil {
		return err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return withDatabaseToCopy(ctx, a, func(database *db.DB) error {
		shape := BackupShape{File: path}
		if withData { // first: a name that is taken is found before anything is written
			documents := data.PathBeside(path)
			if err := withDocuments(ctx, a, func(from *data.Data) error { return from.Backup(ctx, documents) }); err != nil {
				return err
			}
			shape.Data = &documents
		}
		newest, err := backup.Write(ctx, database, path)
		if err != nil {
			return orByPipe(err, writeByPipe)
		}
		shape.Revision, shape.Head = newest.Number, headInWords(newest)
		a.Messages().Done("backed up and verified, up to revision %d", newest.Number)
		return printBackup(a, shape)
	})
}

// What to do with a backup on a file system where no database may be.
const (
	writeByPipe = "'latchkey backup - >FILE' writes a copy to any folder"
	readByPipe  = "'latchkey restore - -y <FILE' reads a backup in any folder"
)

// orByPipe adds what to do to the error of a backup that is on a network file system.
func orByPipe(err error, hint string) error {
	if errors.Is(err, db.ErrNetwork) {
		return app.WithHint(err, hint)
	}
	return err
}

func headInWords(revision history.Revision) string {
	if revision.Number == 0 {
		return ""
	}
	return revision.Head.String()
}

func printBackup(a *app.App, shape BackupShape) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	fields := []ui.Field{
		{Key: "file", Value: ui.Cell{Text: shape.File}},
		{Key: "revision", Value: ui.Cell{Text: strconv.FormatInt(shape.Revision, 10)}},
		{Key: "head", Value: ui.Cell{Text: shape.Head, Style: ui.Dim}},
	}
	if shape.Data != nil {
		fields = append(fields, ui.Field{Key: "data", Value: ui.Cell{Text: *shape.Data}})
	}
	return printer.Object(ui.Object{Fields: fields, Value: shape, Name: shape.File})
}

// BackupShape is what `backup` prints, and `restore` where it makes the database: a contract, docs/json.md.
type BackupShape struct {
	File     string  `json:"file"`
	Revision int64   `json:"revision"` // the newest in it; 0: nothing was ever saved
	Head     string  `json:"head"`
	Data     *string `json:"data"` // the file with the documents; null: not asked for
}
