-- What was decided about, to be found by its content when that arrives again.
ALTER TABLE reviews ADD COLUMN sha256 TEXT;
ALTER TABLE reviews ADD COLUMN page INTEGER;
UPDATE reviews SET (sha256, page) = (
    SELECT files.sha256, readings.page FROM readings JOIN files ON files.id = readings.file
    WHERE readings.id = reviews.reading
);

CREATE INDEX reviews_content ON reviews (sha256, page);
