-- What digitbox has read, published and retired: its only memory.
-- Roots and names are bytes as the operating system has them: they need not be UTF-8.
-- Times are UTC, ISO 8601, to the second.

CREATE TABLE ledger (
    uuid TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- Files that are about to be read. One that was claimed and neither recorded nor released was in
-- hand when the service died.
CREATE TABLE claims (
    root BLOB NOT NULL,
    name BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (root, name)
) STRICT, WITHOUT ROWID;

-- What is published together. Rows are never deleted and numbers never used again.
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('arrival', 'retry', 'review')),
    folder TEXT NOT NULL,               -- below the outbox
    name TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    fingerprint TEXT NOT NULL,          -- of the model and of every setting that a reading depends on
    recorded_at TEXT NOT NULL,
    published_at TEXT,
    reported_at TEXT                    -- when the on_batch command had ended for it
) STRICT;

CREATE INDEX batches_recorded ON batches (recorded_at);
CREATE INDEX batches_unpublished ON batches (id) WHERE published_at IS NULL;
CREATE INDEX batches_unreported ON batches (id) WHERE reported_at IS NULL;

-- A file's content that was read once. `place` says what became of the file:
-- NULL not retired yet; inbox: left in its place; done, failed: moved there; deleted; gone: not there
-- any more; replaced: another file, or another content, stands in its place; reread: a later record of
-- the same content goes on from here.
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batches,
    root BLOB NOT NULL,
    name BLOB NOT NULL,
    sha256 TEXT,                        -- NULL where the content was not read
    device INTEGER,                     -- what stat said of the file that was read
    inode INTEGER,
    size INTEGER,
    mtime_ns INTEGER,
    ctime_ns INTEGER,
    failed INTEGER NOT NULL,            -- whether it belongs to originals.failed
    reusable INTEGER NOT NULL,          -- whether its readings hold for the same content elsewhere
    previous INTEGER REFERENCES files,  -- that it was read again for, by a retry
    place TEXT
) STRICT;

CREATE UNIQUE INDEX files_arrived ON files (root, name) WHERE place IS NULL AND previous IS NULL;
CREATE INDEX files_standing ON files (root, name)
    WHERE place IS NULL OR place IN ('inbox', 'gone');
CREATE INDEX files_unretired ON files (batch) WHERE place IS NULL;
CREATE INDEX files_reusable ON files (sha256) WHERE reusable;
CREATE INDEX files_name ON files (name);

CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batches,
    file INTEGER NOT NULL REFERENCES files,
    page INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    value TEXT,
    confidence REAL,
    width INTEGER,
    height INTEGER,
    digits TEXT NOT NULL,               -- JSON
    read_at TEXT NOT NULL,
    replaces INTEGER REFERENCES readings,
    duplicate_of INTEGER REFERENCES readings
) STRICT;

CREATE INDEX readings_batch ON readings (batch);
CREATE INDEX readings_file ON readings (file);
CREATE INDEX readings_replaces ON readings (replaces) WHERE replaces IS NOT NULL;

-- What other commands ask of whoever holds the lock.
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    argument TEXT NOT NULL,             -- JSON
    made_at TEXT NOT NULL,
    done_at TEXT,
    outcome TEXT
) STRICT;

CREATE INDEX requests_open ON requests (id) WHERE done_at IS NULL;
