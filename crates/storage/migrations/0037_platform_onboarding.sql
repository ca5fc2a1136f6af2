-- Onboarding (入驻): applications, the documents handed in, and what two administrators decide together.
-- "Sealed" columns are encrypted by the platform: contact…, content.
CREATE TABLE system_applications (
    app_id           TEXT   NOT NULL REFERENCES systems (app_id),
    number           BIGINT NOT NULL,
    state            TEXT   NOT NULL,
    description      TEXT   NOT NULL,
    interfaces       TEXT   NOT NULL,
    monthly_volume   BIGINT,
    contact          TEXT   NOT NULL,
    contact_mobile   TEXT   NOT NULL,
    emergency        TEXT   NOT NULL,
    emergency_mobile TEXT   NOT NULL,
    submitted_by     TEXT   NOT NULL,
    submitted_at     BIGINT NOT NULL,
    decided_by       TEXT,
    decided_at       BIGINT,
    reason           TEXT,
    PRIMARY KEY (app_id, number)
);

-- What is known of a document stays; its content goes when it is withdrawn.
CREATE TABLE system_documents (
    document_id TEXT   NOT NULL PRIMARY KEY,
    app_id      TEXT   NOT NULL REFERENCES systems (app_id),
    kind        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    issuer      TEXT   NOT NULL,
    sm3         TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    content     BYTEA,
    valid_from  BIGINT,
    valid_until BIGINT,
    state       TEXT   NOT NULL,
    added_by    TEXT   NOT NULL,
    added_at    BIGINT NOT NULL,
    ended_by    TEXT,
    ended_at    BIGINT,
    reason      TEXT,
    -- When it was told that it expires soon, and that it has expired.
    warned_at   BIGINT,
    expired_at  BIGINT
);
CREATE INDEX system_documents_by_app ON system_documents (app_id, kind, added_at);
CREATE INDEX system_documents_by_end ON system_documents (valid_until) WHERE state = 'current';

-- When it was told that a key ends soon.
ALTER TABLE system_keys ADD COLUMN warned_at BIGINT;

-- 两人复核: asked for by one administrator, done when another asks for the same.
CREATE TABLE reviews (
    review_id   TEXT   NOT NULL PRIMARY KEY,
    action      TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    basis       BIGINT NOT NULL,
    reason      TEXT,
    proposed_by TEXT   NOT NULL,
    proposed_at BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    decided_by  TEXT,
    decided_at  BIGINT,
    decision    TEXT
);
CREATE UNIQUE INDEX reviews_open ON reviews (action, subject) WHERE state = 'open';
CREATE INDEX reviews_by_subject ON reviews (subject, proposed_at);
