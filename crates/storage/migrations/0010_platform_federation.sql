-- Other platforms that this one knows (联邦). Each is a system too: it has addresses, keys, grants and a state.
CREATE TABLE federation_peers (
    app_id         TEXT    NOT NULL PRIMARY KEY REFERENCES systems (app_id),
    root_spki      BYTEA   NOT NULL,
    code_spaces    TEXT    NOT NULL,
    accept_anchors BOOLEAN NOT NULL,
    added_at       BIGINT  NOT NULL,
    -- The newest trust list that was believed.
    sequence       BIGINT,
    content_sm3    TEXT,
    list           BYTEA,
    issued_at      BIGINT,
    not_after      BIGINT,
    fetched_at     BIGINT,
    -- The last try to get a newer one, and what was wrong with it.
    tried_at       BIGINT,
    fault          TEXT
);

-- The number of this platform's own trust list: one row, whose number grows whenever the contents change.
CREATE TABLE federation_own (
    one         BIGINT NOT NULL PRIMARY KEY,
    sequence    BIGINT NOT NULL,
    content_sm3 TEXT   NOT NULL,
    changed_at  BIGINT NOT NULL
);
