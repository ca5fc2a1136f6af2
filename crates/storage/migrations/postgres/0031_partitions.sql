-- The evidence log is partitioned by its numbers, so that what goes after its retention is a beginning of the chain.
-- The table that was there becomes the first partition, with every index it has: nothing is copied, PostgreSQL reads it
-- through once.
ALTER TABLE evidence RENAME TO evidence_first;
ALTER INDEX evidence_pkey RENAME TO evidence_first_pkey;
CREATE TABLE evidence (LIKE evidence_first INCLUDING DEFAULTS) PARTITION BY RANGE (seq);
ALTER TABLE evidence ADD PRIMARY KEY (seq);
DO $$
DECLARE
    own  RECORD;
    edge BIGINT;
BEGIN
    FOR own IN
        SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = to_regclass('evidence_first') AND NOT i.indisprimary
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', own.name, replace(own.name, 'evidence_', 'evidence_first_'));
        EXECUTE replace(own.made, 'evidence_first', 'evidence');
    END LOOP;
    SELECT (COALESCE(MAX(seq), 0) / 4194304 + 1) * 4194304 INTO edge FROM evidence_first;
    EXECUTE format('ALTER TABLE evidence ATTACH PARTITION evidence_first FOR VALUES FROM (MINVALUE) TO (%s)', edge);
END $$;

-- Nonces are partitioned by the time of their request, a day each. The table that was there holds the rest.
ALTER TABLE nonces RENAME TO nonces_rest;
ALTER INDEX nonces_pkey RENAME TO nonces_rest_pkey;
ALTER INDEX nonces_by_time RENAME TO nonces_rest_by_time;
CREATE TABLE nonces (LIKE nonces_rest INCLUDING DEFAULTS) PARTITION BY RANGE (time);
ALTER TABLE nonces ADD PRIMARY KEY (app_id, time, nonce);
CREATE INDEX nonces_by_time ON nonces (time);
ALTER TABLE nonces ATTACH PARTITION nonces_rest DEFAULT;
