-- The platform. "Sealed" means encrypted by the platform before it comes here; "_index" is a blind index.

-- Access systems (接入系统), facts §6.2.
CREATE TABLE systems (
    app_id        TEXT    NOT NULL PRIMARY KEY,
    code          TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    uscc          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    base_url      TEXT,
    dest_host     TEXT,
    plat_name     TEXT,
    personal_data BOOLEAN NOT NULL,
    version       BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    changed_at    BIGINT  NOT NULL
);

-- Addresses it may call from, interfaces it may call, hosts it may redirect to.
CREATE TABLE system_grants (
    app_id TEXT NOT NULL REFERENCES systems (app_id),
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (app_id, kind, value)
);

CREATE TABLE system_history (
    app_id     TEXT   NOT NULL REFERENCES systems (app_id),
    version    BIGINT NOT NULL,
    from_state TEXT,
    to_state   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    reason     TEXT,
    PRIMARY KEY (app_id, version)
);

-- One key never serves two systems: the digest of the public key is unique.
CREATE TABLE system_keys (
    key_id     TEXT   NOT NULL PRIMARY KEY,
    app_id     TEXT   NOT NULL REFERENCES systems (app_id),
    spki       BYTEA  NOT NULL,
    spki_sm3   TEXT   NOT NULL UNIQUE,
    cert       BYTEA,
    not_before BIGINT NOT NULL,
    not_after  BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    reason     TEXT
);
CREATE INDEX system_keys_by_app ON system_keys (app_id);

-- Seals filed (备案). What is large or may change is in seal_versions.
CREATE TABLE seals (
    seal_code               TEXT   NOT NULL PRIMARY KEY,
    app_id                  TEXT   NOT NULL REFERENCES systems (app_id),
    code                    TEXT,
    natural_key             TEXT   NOT NULL,
    name                    TEXT   NOT NULL,
    seal_type               TEXT   NOT NULL,
    possessor_type          BIGINT NOT NULL,
    possessor               TEXT   NOT NULL,
    possessor_cert_no       TEXT   NOT NULL,
    possessor_cert_no_index TEXT   NOT NULL,
    org_code                TEXT   NOT NULL,
    cert_type               BIGINT NOT NULL,
    cert_number             TEXT,
    ukey_id                 TEXT,
    cert                    BYTEA,
    seal_data_sm3           TEXT,
    picture_sm3             TEXT,
    es_id                   TEXT,
    valid_start             BIGINT,
    valid_end               BIGINT,
    state                   TEXT   NOT NULL,
    version                 BIGINT NOT NULL,
    state_version           BIGINT NOT NULL,
    fingerprint             TEXT   NOT NULL,
    police_seal_code        TEXT,
    filed_at                BIGINT NOT NULL,
    changed_at              BIGINT NOT NULL
);
-- A revoked seal that is made again is a new filing with a new seal code, under the same business code.
CREATE UNIQUE INDEX seals_by_code ON seals (app_id, code) WHERE state <> 'revoked';
CREATE INDEX seals_by_natural_key ON seals (app_id, natural_key, filed_at);
CREATE INDEX seals_by_possessor ON seals (possessor_cert_no_index);
CREATE INDEX seals_by_org ON seals (org_code);
CREATE INDEX seals_by_cert ON seals (cert_number);
CREATE INDEX seals_by_es_id ON seals (es_id);
CREATE INDEX seals_by_app ON seals (app_id, seal_code);
-- Filed without seal data: the platform still has to fetch and check them.
CREATE INDEX seals_unchecked ON seals (seal_code) WHERE seal_data_sm3 IS NULL;

-- Every filing, extension and change makes a row; none is ever changed, but one that came without the seal's data
-- is completed once, when the platform has fetched and checked them.
CREATE TABLE seal_versions (
    seal_code     TEXT   NOT NULL REFERENCES seals (seal_code),
    version       BIGINT NOT NULL,
    biz_type      BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    cert_type     BIGINT NOT NULL,
    cert_number   TEXT,
    ukey_id       TEXT,
    cert          BYTEA,
    seal_data     BYTEA,
    seal_data_sm3 TEXT,
    picture_sm3   TEXT,
    es_id         TEXT,
    valid_start   BIGINT,
    valid_end     BIGINT,
    fingerprint   TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (seal_code, version)
);
CREATE INDEX seal_versions_by_es_id ON seal_versions (es_id);

CREATE TABLE seal_state_history (
    seal_code  TEXT   NOT NULL REFERENCES seals (seal_code),
    version    BIGINT NOT NULL,
    from_state TEXT,
    to_state   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    reason     TEXT,
    request_id TEXT   NOT NULL,
    PRIMARY KEY (seal_code, version)
);

-- One signature per sign id. The id is minted by the seal system, so it is unique only beside that system.
CREATE TABLE sign_ids (
    system_app_id TEXT   NOT NULL,
    sign_id       TEXT   NOT NULL,
    caller_app_id TEXT   NOT NULL,
    seal_code     TEXT   NOT NULL REFERENCES seals (seal_code),
    seal_version  BIGINT NOT NULL,
    state         TEXT   NOT NULL,
    fingerprint   TEXT,
    releases      BIGINT NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    signature     BYTEA,
    PRIMARY KEY (system_app_id, sign_id)
);
CREATE INDEX sign_ids_by_seal ON sign_ids (seal_code, state);
CREATE INDEX sign_ids_by_expiry ON sign_ids (expires_at);

-- Consents (意愿认证), bound to system, caller, seal and, where sent, to a document.
CREATE TABLE consents (
    system_app_id        TEXT   NOT NULL,
    auth_id              TEXT   NOT NULL,
    caller_app_id        TEXT   NOT NULL,
    seal_code            TEXT   NOT NULL REFERENCES seals (seal_code),
    state                TEXT   NOT NULL,
    sign_id              TEXT,
    doc_hash             TEXT,
    hash_type            BIGINT,
    doc_name             TEXT,
    mobile_index         TEXT,
    id_card_index        TEXT,
    auth_code_sm3        TEXT,
    auth_code_expires_at BIGINT,
    fingerprint          TEXT,
    applied_at           BIGINT NOT NULL,
    expires_at           BIGINT NOT NULL,
    changed_at           BIGINT NOT NULL,
    PRIMARY KEY (system_app_id, auth_id)
);
CREATE INDEX consents_by_seal ON consents (seal_code, state);
CREATE INDEX consents_by_expiry ON consents (expires_at);

-- Table 7 state: this caller has fetched the seal.
CREATE TABLE downloads (
    caller_app_id TEXT   NOT NULL,
    seal_code     TEXT   NOT NULL REFERENCES seals (seal_code),
    at            BIGINT NOT NULL,
    PRIMARY KEY (caller_app_id, seal_code)
);

-- Every hand-over of personal data (resolutions 22; GB/T 35273 9.2).
CREATE TABLE sharing_records (
    request_id      TEXT    NOT NULL,
    seal_code       TEXT    NOT NULL,
    receiver_app_id TEXT    NOT NULL,
    source_app_id   TEXT    NOT NULL,
    fields          TEXT    NOT NULL,
    purpose         TEXT    NOT NULL,
    masked          BOOLEAN NOT NULL,
    at              BIGINT  NOT NULL,
    PRIMARY KEY (request_id, seal_code, receiver_app_id)
);
CREATE INDEX sharing_records_by_seal ON sharing_records (seal_code, at);

-- The trust list: CA roots and intermediates for everybody (app_id ''), seal makers of each system.
CREATE TABLE trust_certificates (
    cert_sm3   TEXT   NOT NULL,
    purpose    TEXT   NOT NULL,
    app_id     TEXT   NOT NULL,
    cert       BYTEA  NOT NULL,
    added_at   BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (cert_sm3, purpose, app_id)
);

-- The newest revocation list of each issuer.
CREATE TABLE trust_crls (
    issuer      TEXT   NOT NULL PRIMARY KEY,
    crl         BYTEA  NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT,
    fetched_at  BIGINT NOT NULL
);

-- The platform's own keys. private_key is an encrypted PKCS#8 document, absent when hardware keeps the key.
CREATE TABLE platform_keys (
    key_id       TEXT   NOT NULL PRIMARY KEY,
    purpose      TEXT   NOT NULL,
    spki         BYTEA  NOT NULL,
    private_key  BYTEA,
    cert         BYTEA,
    state        TEXT   NOT NULL,
    not_before   BIGINT NOT NULL,
    not_after    BIGINT NOT NULL,
    published_at BIGINT NOT NULL
);
