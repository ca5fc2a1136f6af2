-- Deleting what is old goes by time.
CREATE INDEX sharing_records_by_time ON sharing_records (at);
