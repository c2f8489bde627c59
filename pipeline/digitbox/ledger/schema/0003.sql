-- What the network saw of readings that went to review (review.keep_frames), of their most prominent
-- mark: for people to look at, and to learn from, where the original is gone.
CREATE TABLE frames (
    reading INTEGER PRIMARY KEY REFERENCES readings,
    preprocessing INTEGER NOT NULL,     -- the version of what made them
    pixels BLOB NOT NULL                -- uint8 [1 or 2, 28, 28], compressed with zlib
) STRICT;
