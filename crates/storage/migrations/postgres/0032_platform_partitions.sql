-- Sharing records are partitioned by time, thirty days each. A partition's time belongs into its primary key; the rest
-- stays where it was, as the partition for everything that no other has.
ALTER TABLE sharing_records RENAME TO sharing_records_rest;
ALTER INDEX sharing_records_pkey RENAME TO sharing_records_rest_old;
ALTER INDEX sharing_records_by_seal RENAME TO sharing_records_rest_by_seal;
ALTER TABLE sharing_records_rest DROP CONSTRAINT sharing_records_rest_old;
ALTER TABLE sharing_records_rest
    ADD CONSTRAINT sharing_records_rest_pkey PRIMARY KEY (request_id, seal_code, receiver_app_id, at);
CREATE TABLE sharing_records (LIKE sharing_records_rest INCLUDING DEFAULTS) PARTITION BY RANGE (at);
ALTER TABLE sharing_records ADD PRIMARY KEY (request_id, seal_code, receiver_app_id, at);
CREATE INDEX sharing_records_by_seal ON sharing_records (seal_code, at);
ALTER TABLE sharing_records ATTACH PARTITION sharing_records_rest DEFAULT;
