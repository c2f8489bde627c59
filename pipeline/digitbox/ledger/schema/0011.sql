-- Accepted readings that were drawn at random, for people to check how many of them are wrong. They
-- are gone through in the order of their places, so that also a part of them is drawn at random.
CREATE TABLE spot_checks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    drawn_at TEXT NOT NULL
) STRICT;

CREATE TABLE spot_readings (
    spot_check INTEGER NOT NULL REFERENCES spot_checks,
    place INTEGER NOT NULL,
    reading INTEGER NOT NULL REFERENCES readings,
    PRIMARY KEY (spot_check, place)
) STRICT, WITHOUT ROWID;
