-- Documents that are sealed together under one consent (批量签章): the batch, and the place in it.
ALTER TABLE jobs ADD COLUMN batch_id TEXT;
ALTER TABLE jobs ADD COLUMN batch_number BIGINT;
CREATE INDEX jobs_by_batch ON jobs (batch_id, batch_number);
