-- All readings from the least certain on (those without a confidence last), to be searched through:
-- whatever is asked for, nothing but this is read of those that are left out.
CREATE INDEX readings_search
    ON readings (IFNULL(confidence, 2.0), id, status, form, field, value, file);

-- Which files were recorded on a day.
CREATE INDEX files_batch ON files (batch);
