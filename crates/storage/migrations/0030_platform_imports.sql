-- How far the filing of existing stock from a file has come: moved in the transaction that files the rows, so that an
-- import that was killed goes on where it stood. A file is known by its SM3.
CREATE TABLE imports (
    app_id        TEXT   NOT NULL REFERENCES systems (app_id),
    source_sm3    TEXT   NOT NULL,
    source_bytes  BIGINT NOT NULL,
    actor         TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    bytes_done    BIGINT NOT NULL,
    rows_done     BIGINT NOT NULL,
    rows_filed    BIGINT NOT NULL,
    rows_same     BIGINT NOT NULL,
    rows_refused  BIGINT NOT NULL,
    results_bytes BIGINT NOT NULL,
    started_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    PRIMARY KEY (app_id, source_sm3)
);
