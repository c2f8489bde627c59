-- All readings from the least certain on, to be searched through: whatever is asked for, nothing but
-- this is read of those that are left out. Those that a person decided about come last, and those
-- without a confidence.
CREATE INDEX readings_search ON readings (
    CASE WHEN reason IS 'reviewed' THEN 2.0 ELSE IFNULL(confidence, 2.0) END,
    id, status, form, field, value, file
);

-- Which files were recorded on a day.
CREATE INDEX files_batch ON files (batch);
