-- What was seen in a field of a form, to be weighed anew when a person corrects another field of its
-- page, or when lists change: JSON. Rows from before have none.
ALTER TABLE readings ADD COLUMN evidence TEXT;
