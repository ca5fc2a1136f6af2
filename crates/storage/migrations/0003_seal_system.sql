-- The reference seal system. "Sealed" means encrypted by the server before it comes here; "_index" is a blind index.

-- Owners of seals: organisations (1) and persons (2).
CREATE TABLE owners (
    owner_id      TEXT   NOT NULL PRIMARY KEY,
    owner_type    BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    cert_no       TEXT   NOT NULL,
    cert_no_index TEXT   NOT NULL,
    org_code      TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    UNIQUE (owner_type, cert_no_index)
);
CREATE INDEX owners_by_org ON owners (org_code);

-- Persons who may apply seals.
CREATE TABLE users (
    user_id       TEXT   NOT NULL PRIMARY KEY,
    owner_id      TEXT   NOT NULL REFERENCES owners (owner_id),
    name          TEXT   NOT NULL,
    mobile        TEXT   NOT NULL,
    mobile_index  TEXT   NOT NULL,
    id_card       TEXT,
    id_card_index TEXT,
    created_at    BIGINT NOT NULL
);
CREATE INDEX users_by_mobile ON users (mobile_index);
CREATE INDEX users_by_owner ON users (owner_id);

-- Keys; private_key is an encrypted PKCS#8 document, absent when hardware keeps the key or it was destroyed.
CREATE TABLE keys (
    key_id       TEXT   NOT NULL PRIMARY KEY,
    purpose      TEXT   NOT NULL,
    spki         BYTEA  NOT NULL,
    private_key  BYTEA,
    cert         BYTEA,
    cert_number  TEXT,
    created_at   BIGINT NOT NULL,
    destroyed_at BIGINT
);
CREATE INDEX keys_by_purpose ON keys (purpose, created_at);
CREATE INDEX keys_by_cert ON keys (cert_number);

-- Seals made here. The seal itself is in seal_versions.
CREATE TABLE seals (
    seal_id     TEXT   NOT NULL PRIMARY KEY,
    owner_id    TEXT   NOT NULL REFERENCES owners (owner_id),
    code        TEXT   NOT NULL UNIQUE,
    seal_code   TEXT   UNIQUE,
    name        TEXT   NOT NULL,
    seal_type   TEXT   NOT NULL,
    org_code    TEXT   NOT NULL,
    cert_type   BIGINT NOT NULL,
    cert_number TEXT,
    ukey_id     TEXT,
    device_id   TEXT,
    key_id      TEXT   REFERENCES keys (key_id),
    state       TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);
CREATE INDEX seals_by_owner ON seals (owner_id);
CREATE INDEX seals_by_org ON seals (org_code);

-- Each making of a seal; none is ever changed.
CREATE TABLE seal_versions (
    seal_id      TEXT   NOT NULL REFERENCES seals (seal_id),
    version      BIGINT NOT NULL,
    es_id        TEXT   NOT NULL UNIQUE,
    seal_data    BYTEA  NOT NULL,
    cert         BYTEA  NOT NULL,
    picture      BYTEA  NOT NULL,
    picture_kind TEXT   NOT NULL,
    width_mm     BIGINT NOT NULL,
    height_mm    BIGINT NOT NULL,
    width_px     BIGINT NOT NULL,
    height_px    BIGINT NOT NULL,
    valid_start  BIGINT NOT NULL,
    valid_end    BIGINT NOT NULL,
    made_at      BIGINT NOT NULL,
    PRIMARY KEY (seal_id, version)
);

-- Who may apply a seal (table 9).
CREATE TABLE seal_users (
    seal_id       TEXT   NOT NULL REFERENCES seals (seal_id),
    user_id       TEXT   NOT NULL REFERENCES users (user_id),
    authorised_at BIGINT NOT NULL,
    revoked_at    BIGINT,
    PRIMARY KEY (seal_id, user_id)
);

-- What must still be told to the platform: filings and changes of state. Survives restarts.
CREATE TABLE outbox (
    item_id      TEXT   NOT NULL PRIMARY KEY,
    seal_id      TEXT   NOT NULL REFERENCES seals (seal_id),
    operation    TEXT   NOT NULL,
    seal_version BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    last_code    TEXT,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (state, due_at);
CREATE INDEX outbox_by_seal ON outbox (seal_id, created_at);

-- Platforms that may call, and the keys they sign with.
CREATE TABLE callers (
    app_id     TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    base_url   TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE caller_keys (
    key_id     TEXT   NOT NULL PRIMARY KEY,
    app_id     TEXT   NOT NULL REFERENCES callers (app_id),
    spki       BYTEA  NOT NULL,
    not_before BIGINT NOT NULL,
    not_after  BIGINT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX caller_keys_by_app ON caller_keys (app_id);

-- One signature per sign id: the signature is stored in the statement that uses the id.
CREATE TABLE sign_ids (
    sign_id       TEXT   NOT NULL PRIMARY KEY,
    caller_app_id TEXT   NOT NULL,
    origin_app_id TEXT   NOT NULL,
    seal_id       TEXT   NOT NULL REFERENCES seals (seal_id),
    seal_version  BIGINT NOT NULL,
    state         TEXT   NOT NULL,
    fingerprint   TEXT,
    auth_id       TEXT,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    signature     BYTEA
);
CREATE INDEX sign_ids_by_seal ON sign_ids (seal_id, state);
CREATE INDEX sign_ids_by_expiry ON sign_ids (expires_at);

-- Consent sessions (意愿认证).
CREATE TABLE consents (
    auth_id              TEXT   NOT NULL PRIMARY KEY,
    token_sm3            TEXT   NOT NULL UNIQUE,
    session_sm3          TEXT,
    caller_app_id        TEXT   NOT NULL,
    origin_app_id        TEXT   NOT NULL,
    origin_name          TEXT   NOT NULL,
    seal_id              TEXT   NOT NULL REFERENCES seals (seal_id),
    user_id              TEXT   REFERENCES users (user_id),
    mobile               TEXT   NOT NULL,
    mobile_index         TEXT   NOT NULL,
    id_card_index        TEXT,
    sign_id              TEXT,
    doc_hash             TEXT,
    hash_type            BIGINT,
    doc_name             TEXT,
    redirect_url         TEXT,
    state                TEXT   NOT NULL,
    otp_hmac             TEXT,
    otp_sent_at          BIGINT,
    otp_expires_at       BIGINT,
    otp_tries            BIGINT NOT NULL,
    client               TEXT,
    auth_code            TEXT,
    auth_code_sm3        TEXT,
    auth_code_expires_at BIGINT,
    fingerprint          TEXT,
    applied_at           BIGINT NOT NULL,
    opened_at            BIGINT,
    decided_at           BIGINT,
    expires_at           BIGINT NOT NULL,
    changed_at           BIGINT NOT NULL
);
CREATE INDEX consents_by_seal ON consents (seal_id, state);
CREATE INDEX consents_by_expiry ON consents (expires_at);

-- One-time codes sent, for the limits per telephone number.
CREATE TABLE otp_sends (
    auth_id      TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    mobile_index TEXT   NOT NULL,
    PRIMARY KEY (auth_id, at)
);
CREATE INDEX otp_sends_by_mobile ON otp_sends (mobile_index, at);

-- The application side: documents being sealed.
CREATE TABLE jobs (
    job_id      TEXT   NOT NULL PRIMARY KEY,
    state       TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    file_name   TEXT   NOT NULL,
    document    BYTEA  NOT NULL,
    document_sm3 TEXT  NOT NULL,
    prepared    BYTEA,
    result      BYTEA,
    seal_code   TEXT,
    sign_id     TEXT,
    auth_id     TEXT,
    auth_url    TEXT,
    detail      TEXT,
    code        TEXT,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_by_expiry ON jobs (expires_at);

-- Certificates issued by this system's CA, and its revocation lists.
CREATE TABLE issued_certificates (
    cert_number TEXT   NOT NULL PRIMARY KEY,
    issuer      TEXT   NOT NULL,
    cert        BYTEA  NOT NULL,
    issued_at   BIGINT NOT NULL,
    not_after   BIGINT NOT NULL,
    revoked_at  BIGINT,
    reason      BIGINT
);
CREATE INDEX issued_certificates_by_issuer ON issued_certificates (issuer, revoked_at);

CREATE TABLE issued_crls (
    issuer      TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    crl         BYTEA  NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    PRIMARY KEY (issuer, number)
);

-- Time stamps issued.
CREATE TABLE time_stamps (
    serial     TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    imprint    TEXT   NOT NULL,
    token_sm3  TEXT   NOT NULL
);
