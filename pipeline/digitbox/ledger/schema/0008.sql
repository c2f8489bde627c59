-- A file may be renamed in the inbox after it was read: `name` is what it is called there now, and
-- `read_as` what it was called when it was read, and published as; NULL: the same.
ALTER TABLE files ADD COLUMN read_as BLOB;

-- Which file it was, to be found again whatever it is called.
CREATE INDEX files_identity ON files (inode, mtime_ns);
