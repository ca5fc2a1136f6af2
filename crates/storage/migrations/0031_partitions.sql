-- PostgreSQL has partitions here. On SQLite the evidence log goes from its beginning on, by its number, which is its
-- primary key; nonces have an index by time already.
SELECT 1;
