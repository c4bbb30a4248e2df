-- The data file, version 1: the documents of resources.
--
-- Times are UTC, in milliseconds since 1970.

-- The last number given to a document of each resource. Numbers are never used twice, so that a client that still
-- holds the number of a deleted document cannot meet another one under it.
CREATE TABLE sequences (
    resource TEXT PRIMARY KEY CHECK (resource <> ''),
    last     INTEGER NOT NULL CHECK (last > 0)
) STRICT, WITHOUT ROWID;

-- One JSON object each. `number` is for this file alone; clients know a document by resource and id.
-- A document of a sub-resource hangs on its parent's row: it cannot be made without one, and goes when that goes.
-- No WITHOUT ROWID here: bodies are large, and would fill the inner pages of the tree.
CREATE TABLE documents (
    number     INTEGER PRIMARY KEY,
    resource   TEXT NOT NULL REFERENCES sequences (resource),
    id         INTEGER NOT NULL CHECK (id > 0),
    parent     INTEGER REFERENCES documents (number) ON DELETE CASCADE, -- NULL: a document of a top resource
    body       TEXT NOT NULL CHECK (json_type(body) = 'object' AND length(CAST(body AS BLOB)) <= 1048576),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (resource, id)
) STRICT;
-- Lists the documents under one parent, and finds them when it is deleted.
CREATE INDEX documents_by_parent ON documents (parent, resource, id);
