-- Fields of forms: a page of a form has a reading for each of its fields. `box` is the field's place on
-- the page, in pixels: JSON.
ALTER TABLE readings ADD COLUMN form TEXT;
ALTER TABLE readings ADD COLUMN field TEXT;
ALTER TABLE readings ADD COLUMN box TEXT;
-- The form that a file was read as: the same content has other readings as another form, or as none.
ALTER TABLE files ADD COLUMN form TEXT;
-- The fields of the forms of which a batch has pages, in the order of their templates: JSON.
ALTER TABLE batches ADD COLUMN forms TEXT NOT NULL DEFAULT '[]';
ALTER TABLE reviews ADD COLUMN field TEXT;
