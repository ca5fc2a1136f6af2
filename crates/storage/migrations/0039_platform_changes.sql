-- What changed (变更通知), by the number of its entry in the evidence log, and who may see it. Written in the transaction
-- of the change; goes after `events.keep_days`.
CREATE TABLE changes (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    app_id    TEXT   NOT NULL,
    seal_code TEXT,
    state     TEXT   NOT NULL,
    version   BIGINT NOT NULL
);
CREATE INDEX changes_by_time ON changes (at);

CREATE TABLE change_audience (
    app_id TEXT   NOT NULL,
    seq    BIGINT NOT NULL REFERENCES changes (seq),
    PRIMARY KEY (app_id, seq)
);
CREATE INDEX change_audience_by_seq ON change_audience (seq);

-- Who has fetched a seal, looked up by the seal.
CREATE INDEX downloads_by_seal ON downloads (seal_code);

-- Systems that want to be called when something changes.
CREATE TABLE subscriptions (
    app_id     TEXT   NOT NULL PRIMARY KEY REFERENCES systems (app_id),
    url        TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- The outbox: one row for each subscriber and change, until it is acknowledged or dead.
CREATE TABLE deliveries (
    app_id     TEXT   NOT NULL REFERENCES subscriptions (app_id),
    seq        BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    last       TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, seq)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';

-- Every try.
CREATE TABLE delivery_log (
    app_id  TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    url     TEXT   NOT NULL,
    outcome TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    took_ms BIGINT NOT NULL,
    PRIMARY KEY (app_id, seq, attempt)
);
