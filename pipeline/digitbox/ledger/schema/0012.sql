-- What whoever asks calls a request, so that one that is sent twice is noted once; NULL: nothing.
ALTER TABLE requests ADD COLUMN key TEXT;

CREATE UNIQUE INDEX requests_key ON requests (key);
