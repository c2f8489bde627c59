-- What people decided about readings. A reading is decided about at most once: the row that comes of it
-- replaces it, and what follows is about that row.
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request INTEGER NOT NULL UNIQUE REFERENCES requests,
    who TEXT NOT NULL,
    decided_at TEXT NOT NULL,           -- when it was asked for
    says TEXT NOT NULL,                 -- confirm, a digit, x (no digit) or undo
    reading INTEGER NOT NULL UNIQUE REFERENCES readings,
    made INTEGER NOT NULL UNIQUE REFERENCES readings,   -- what replaces it
    from_status TEXT NOT NULL,
    from_value TEXT,
    to_status TEXT NOT NULL,
    to_value TEXT
) STRICT;

CREATE INDEX reviews_decided ON reviews (decided_at);

-- What is left to be looked at, without a walk through all that was ever read.
CREATE INDEX readings_review ON readings (id) WHERE status = 'review';
CREATE INDEX readings_failed ON readings (id) WHERE status = 'failed';
