-- Checkpoints (检查点) of the evidence log: the platform's signature over the end of the chain, and over the tree of the
-- entries since the checkpoint before. Numbers have no gaps; of several replicas one makes each.
CREATE TABLE evidence_checkpoints (
    number     BIGINT NOT NULL PRIMARY KEY,
    first_seq  BIGINT NOT NULL,
    last_seq   BIGINT NOT NULL UNIQUE,
    last_hash  BYTEA  NOT NULL,
    root       BYTEA  NOT NULL,
    previous   BYTEA,
    at         BIGINT NOT NULL,
    key_id     TEXT   NOT NULL,
    signature  TEXT   NOT NULL,
    time_stamp BYTEA
);

-- The requests by which a sign id and a consent came about, so that the evidence of one signing is found; and what the
-- seal system says of how the signer agreed (sealed).
ALTER TABLE sign_ids ADD COLUMN request_id TEXT;
ALTER TABLE consents ADD COLUMN apply_request_id TEXT;
ALTER TABLE consents ADD COLUMN result_request_id TEXT;
ALTER TABLE consents ADD COLUMN record TEXT;

-- Every signature that was handed out, with the requests that led to it: where its evidence begins.
CREATE TABLE signings (
    system_app_id     TEXT   NOT NULL,
    sign_id           TEXT   NOT NULL,
    caller_app_id     TEXT   NOT NULL,
    seal_code         TEXT   NOT NULL REFERENCES seals (seal_code),
    seal_version      BIGINT NOT NULL,
    auth_id           TEXT   NOT NULL,
    query_request_id  TEXT,
    apply_request_id  TEXT,
    result_request_id TEXT,
    sign_request_id   TEXT   NOT NULL,
    signed_at         BIGINT NOT NULL,
    PRIMARY KEY (system_app_id, sign_id)
);
CREATE INDEX signings_by_sign_id ON signings (sign_id);
CREATE INDEX signings_by_auth_id ON signings (auth_id);

-- The digests of a document by which its signing is looked up, lower hexadecimal: what the consent names, and, where a
-- seal signature was made, the digest in it.
CREATE TABLE signing_digests (
    digest        TEXT NOT NULL,
    system_app_id TEXT NOT NULL,
    sign_id       TEXT NOT NULL,
    PRIMARY KEY (digest, system_app_id, sign_id)
);
