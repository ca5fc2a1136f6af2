-- What the platform and a seal system both have. Portable subset: TEXT, BIGINT, BYTEA, BOOLEAN; times are
-- milliseconds UTC. SQLite takes any name of a type, so one text serves both databases.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE sequences (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Against replays: (appId, time, nonce), wire profile §5.
CREATE TABLE nonces (
    app_id TEXT   NOT NULL,
    time   BIGINT NOT NULL,
    nonce  BIGINT NOT NULL,
    PRIMARY KEY (app_id, time, nonce)
);
CREATE INDEX nonces_by_time ON nonces (time);

-- The evidence log: a chain of SM3 digests.
CREATE TABLE evidence (
    seq         BIGINT NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    payload     BYTEA,
    payload_sm3 BYTEA  NOT NULL,
    prev_hash   BYTEA  NOT NULL,
    hash        BYTEA  NOT NULL
);
CREATE INDEX evidence_by_request ON evidence (request_id);
CREATE INDEX evidence_by_subject ON evidence (subject, seq);

-- One row: the end of the chain. Appending updates it first, which makes appends wait for one another.
CREATE TABLE evidence_head (
    id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash BYTEA  NOT NULL
);
