package panel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"latchkey/perms/errorkind"
)

// Documents are those that latchkey stores for resources.
type Documents interface {
	// CountDocuments counts the stored documents of a resource, those of all parents together.
	CountDocuments(ctx context.Context, resource string) (int64, error)
	// Export reads a collection, for whoever may GET it. With mostFields, it first finds the names of all fields at the top
	// of the documents: [ErrManyFields] where they are more.
	Export(ctx context.Context, of Collection, mostFields int) (Exported, error)
	// Import stores documents, all or none, for whoever may POST to the collection and, with Update, PUT to a document. They
	// are read before anything waits for them; an error of theirs is the import's. [DocumentError] says which one is wrong.
	Import(ctx context.Context, into Collection, documents iter.Seq2[Document, error], options ImportOptions) (Imported, error)
}

// Collection is the documents of a resource or, where that is under another one, those under one document.
type Collection struct {
	Resource string
	Parent   int64 // the id of that document; 0: the resource is under no other
}

// Document is one stored document.
type Document struct {
	ID        int64
	Fields    json.RawMessage // an object without what stands beside it here; one to import may have its id in it
	CreatedAt time.Time       // of one to import it does not matter
	UpdatedAt time.Time       // likewise
}

// Exported is a collection of one moment, by id. What is known of the whole is known once the first document is, or that
// there is none.
type Exported struct {
	Whole     *Whole
	Documents iter.Seq2[Document, error]
}

// Whole is what is known of all documents together.
type Whole struct {
	Count  int64
	Fields []string // the names that were asked for, sorted
}

// ImportOptions say how documents are imported.
type ImportOptions struct {
	Update   bool                    // one with the id of a document that is there changes the fields that it has
	MinFree  *Room                   // what is left free of the volume; nil: as usual
	Progress func(done, total int64) // is told how many are stored, and must not wait for anything; it may be nil
}

// Room is a part of a volume.
type Room struct{ Bytes, Percent int64 } // both together

// Of is the room on a volume of a size, in bytes.
func (r Room) Of(size int64) int64 { return r.Bytes + size/100*r.Percent }

// Imported is how many documents were new, and how many have changed one that was there.
type Imported struct{ Added, Changed int64 }

// Errors of documents.
var (
	// ErrNoDocuments: latchkey stores no documents for the resource, which another service answers.
	ErrNoDocuments = errorkind.State.New("resource is no collection of documents")
	// ErrParent: a parent was given for a resource that is under no other, or none for one that is.
	ErrParent = errorkind.Invalid.New("wrong parent")
	// ErrManyFields: the documents have more different fields than was asked for.
	ErrManyFields = errorkind.State.New("too many different fields for a table")
	// ErrContent: what is to be imported is not what its format says, or what no document may be.
	ErrContent = errorkind.Invalid.New("unusable content")
)

// DocumentError says which of the documents of an import is wrong. Nothing was imported.
type DocumentError struct {
	Index int // from 0
	Err   error
}

func (e *DocumentError) Error() string { return fmt.Sprintf("document %d: %v", e.Index+1, e.Err) }

// Unwrap is what is wrong with it.
func (e *DocumentError) Unwrap() error { return e.Err }
