-- The data file, version 1: the documents of resources, the log of requests, when tokens were last used.
--
-- Times are UTC, in milliseconds since 1970.

-- What is known of the documents of each resource as a whole. Numbers are never used twice, so that a client that still
-- holds the number of a deleted document cannot meet another one under it. version counts the changes, deletions too: the
-- state of a whole collection is known without reading it. bytes is what its documents count, for quotas.
CREATE TABLE collections (
    resource   TEXT PRIMARY KEY CHECK (resource <> ''),
    last_id    INTEGER NOT NULL CHECK (last_id >= 0),
    version    INTEGER NOT NULL CHECK (version > 0),
    changed_at INTEGER NOT NULL,
    bytes      INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0)
) STRICT, WITHOUT ROWID;

-- One JSON object each. `number` is for this file alone; clients know a document by resource and id. version is that of
-- the collection when the document was last changed, so that a document never has the same one twice.
-- A document of a sub-resource hangs on its parent's row: it cannot be made without one, and goes when that goes.
-- No WITHOUT ROWID here: bodies are large, and would fill the inner pages of the tree. The body stands last, so that the
-- rest is found without reading through it. A document counts with its body and 128 bytes for its row, to its resource and
-- to who last wrote it.
CREATE TABLE documents (
    number     INTEGER PRIMARY KEY,
    resource   TEXT NOT NULL REFERENCES collections (resource),
    id         INTEGER NOT NULL CHECK (id > 0),
    parent     INTEGER REFERENCES documents (number) ON DELETE CASCADE, -- NULL: a document of a top resource
    version    INTEGER NOT NULL CHECK (version > 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    writer     INTEGER, -- number of the user, in the user database, who last wrote it; NULL: nobody over the API
    size       INTEGER NOT NULL GENERATED ALWAYS AS (octet_length(body) + 128) STORED,
    body       TEXT NOT NULL CHECK (json_type(body) = 'object' AND length(CAST(body AS BLOB)) <= 1048576),
    UNIQUE (resource, id)
) STRICT;
-- Lists the documents under one parent, and finds them when it is deleted.
CREATE INDEX documents_by_parent ON documents (parent, resource, id);
-- Finds what was changed since a client last looked.
CREATE INDEX documents_by_change ON documents (resource, updated_at, id);

-- What the documents count that each user last wrote. The two files are not one snapshot: a row may outlive its user.
CREATE TABLE writers (
    user_id INTEGER PRIMARY KEY,
    bytes   INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;
CREATE TRIGGER documents_added AFTER INSERT ON documents BEGIN
    UPDATE collections SET bytes = bytes + NEW.size WHERE resource = NEW.resource;
    INSERT INTO writers (user_id, bytes) SELECT NEW.writer, NEW.size WHERE NEW.writer IS NOT NULL
        ON CONFLICT (user_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER documents_removed AFTER DELETE ON documents BEGIN
    UPDATE collections SET bytes = bytes - OLD.size WHERE resource = OLD.resource;
    UPDATE writers SET bytes = bytes - OLD.size WHERE user_id = OLD.writer;
END;
CREATE TRIGGER documents_changed AFTER UPDATE OF body, writer ON documents BEGIN
    UPDATE collections SET bytes = bytes - OLD.size + NEW.size WHERE resource = NEW.resource;
    UPDATE writers SET bytes = bytes - OLD.size WHERE user_id = OLD.writer;
    INSERT INTO writers (user_id, bytes) SELECT NEW.writer, NEW.size WHERE NEW.writer IS NOT NULL
        ON CONFLICT (user_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

-- The latest requests, as they were answered; older ones are removed as new ones come.
CREATE TABLE requestlogs (
    id             INTEGER PRIMARY KEY,
    request_time   INTEGER NOT NULL,
    username       TEXT, -- NULL: nobody was authenticated
    resource       TEXT NOT NULL,
    method         TEXT NOT NULL,
    query_string   TEXT NOT NULL,
    status         INTEGER NOT NULL,
    user_agent     TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    duration       INTEGER NOT NULL, -- microseconds
    remote_address TEXT NOT NULL
) STRICT;

-- When each token was last used, by the number of its user in the user database and its fingerprint. The two files are
-- not one snapshot: a row may outlive its user.
CREATE TABLE last_used (
    user_id     INTEGER NOT NULL,
    fingerprint TEXT NOT NULL CHECK (fingerprint <> ''),
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
) STRICT, WITHOUT ROWID;

-- The latest moment that the clock of a server has shown, at most one row, and the revision that had last reset the clock in
-- the user database then. What has ended by it does not begin again when the clock is set back.
CREATE TABLE clock_mark (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    at    INTEGER NOT NULL,
    reset INTEGER NOT NULL CHECK (reset >= 0)
) STRICT;
