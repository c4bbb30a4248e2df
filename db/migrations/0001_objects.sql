-- The user database, version 1.
--
-- Times are UTC, in milliseconds since 1970. Digests are SHA-256, 32 bytes. No column ever holds a token.
-- SQL here stays portable where that costs nothing; what is SQLite's own (STRICT, WITHOUT ROWID) is plain to see.

-- The last number given to an object. Numbers are never used twice, so that removing a user and adding one of
-- the same name cannot revive anything that hung on the old one. Beside it: how often the outcome of a commit was looked
-- for, and the last revision that reset the clock.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL CHECK (last >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, last) VALUES ('object', 0), ('confirmed', 0), ('reset', 0);

-- One row a save. head is the SHA-256 of the row, its changes and the head before it, so that no record can be
-- altered without every later head becoming wrong.
CREATE TABLE revisions (
    number   INTEGER PRIMARY KEY CHECK (number > 0),
    saved_at INTEGER NOT NULL,
    operator TEXT NOT NULL CHECK (operator <> ''),
    known_by TEXT NOT NULL,
    source   TEXT NOT NULL,
    message  TEXT NOT NULL,
    head     BLOB NOT NULL CHECK (length(head) = 32)
) STRICT;

-- What each save did to each object: its record before and after, a JSON array of [field, value] pairs in which a token
-- stands as its fingerprint. A NULL is "was not there".
CREATE TABLE changes (
    revision  INTEGER NOT NULL REFERENCES revisions (number),
    object_id INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('user', 'role', 'resource', 'setting')),
    before    TEXT,
    after     TEXT,
    PRIMARY KEY (revision, object_id),
    CHECK (before IS NOT NULL OR after IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_object ON changes (object_id, revision);

-- The live users and roles, the resources that are laid over the embedded catalogue, and one object with the settings. Of a user, API access is on
-- exactly when there is a token; nothing else has a token or an e-mail address. A resource has a definition, in JSON: what
-- is served, or that the embedded resource of the name is not; the settings have one too, with those that are set. digest covers the row, its rules and its roles: SQLite has
-- no page checksums, and one flipped byte could turn a deny into an allow (D11). The texts stand last: who looks for a token
-- in all rows passes over them, however long they are.
CREATE TABLE objects (
    id              INTEGER PRIMARY KEY CHECK (id > 0),
    kind            TEXT NOT NULL CHECK (kind IN ('user', 'role', 'resource', 'setting')),
    name            TEXT NOT NULL CHECK (name <> ''),
    token           BLOB CHECK (length(token) = 32),
    token_issued_at INTEGER,
    retiring        BLOB CHECK (length(retiring) = 32),
    retiring_until  INTEGER,
    retiring_issued_at INTEGER,
    expires_at      INTEGER, -- NULL: the token has no end of its own
    lifetime        INTEGER NOT NULL CHECK (lifetime >= 0), -- how long it was to work when it was made, in milliseconds; 0: without end
    ends_by_default INTEGER NOT NULL CHECK (ends_by_default IN (0, 1)), -- the end came from the default lifetime
    suspended       INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL REFERENCES revisions (number),
    digest          BLOB NOT NULL CHECK (length(digest) = 32),
    email           TEXT NOT NULL,
    note            TEXT NOT NULL,
    definition      TEXT,
    UNIQUE (kind, name),
    CHECK ((token IS NULL) = (token_issued_at IS NULL)),
    CHECK ((retiring IS NULL) = (retiring_until IS NULL)),
    CHECK (retiring IS NULL OR token IS NOT NULL),
    CHECK (token IS NOT NULL OR (expires_at IS NULL AND lifetime = 0 AND ends_by_default = 0 AND suspended = 0)),
    CHECK (kind = 'user' OR (email = '' AND token IS NULL)),
    CHECK ((kind IN ('resource', 'setting')) = (definition IS NOT NULL))
) STRICT;
CREATE INDEX objects_by_revision ON objects (revision);
-- No two users have one token: who a request is from can be told by it alone.
CREATE INDEX objects_by_token ON objects (token) WHERE token IS NOT NULL;
CREATE INDEX objects_by_retiring ON objects (retiring) WHERE retiring IS NOT NULL;

-- At most one rule per object and pattern.
CREATE TABLE rules (
    object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    pattern   TEXT NOT NULL,
    effect    TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
    until     INTEGER,
    PRIMARY KEY (object_id, pattern)
) STRICT, WITHOUT ROWID;

-- Which users have which roles. A save takes its objects out of the table and puts the new ones in, so that names can
-- be swapped: whether each role is there is checked at its commit.
CREATE TABLE assignments (
    user_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES objects (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_by_role ON assignments (role_id);

-- Unsaved edits. base is the live object the draft began from (NULL: a new object), next is what a save would make
-- of it (NULL: it is removed). Both are JSON and hold digests, never tokens. tokens is of those under which fields were staged
-- over HTTPS: a JSON object of their fingerprints, by field, "" being the removal; NULL where none was.
CREATE TABLE drafts (
    operator  TEXT NOT NULL CHECK (operator <> ''),
    name      TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('user', 'role', 'resource', 'setting')),
    began     INTEGER NOT NULL, -- the revision of base; 0 for a new object
    base      TEXT,
    next      TEXT,
    staged_at INTEGER NOT NULL,
    tokens    TEXT,
    PRIMARY KEY (operator, name, object_id),
    CHECK (base IS NOT NULL OR next IS NOT NULL)
) STRICT, WITHOUT ROWID;
