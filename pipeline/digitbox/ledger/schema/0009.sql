-- What was taken for no digit needs a person, too.
CREATE INDEX readings_not_digit ON readings (id) WHERE status = 'not_digit';
