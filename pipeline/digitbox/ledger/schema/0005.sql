-- What else a page may say, the likeliest first, and what each of its lines says. Rows from before
-- have neither.
ALTER TABLE readings ADD COLUMN alternatives TEXT NOT NULL DEFAULT '[]';    -- JSON
ALTER TABLE readings ADD COLUMN lines TEXT NOT NULL DEFAULT '[]';           -- JSON
