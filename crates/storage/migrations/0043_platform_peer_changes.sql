-- How far another platform's feed of changes was read: what it says of its seals after they were handed over.
ALTER TABLE federation_peers ADD COLUMN changes_cursor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE federation_peers ADD COLUMN changes_at BIGINT;
ALTER TABLE federation_peers ADD COLUMN changes_fault TEXT;
