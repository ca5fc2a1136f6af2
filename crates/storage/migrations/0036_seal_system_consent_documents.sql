-- One consent for several documents (批量意愿认证): each digest may be signed once. Names are sealed.
ALTER TABLE consents ADD COLUMN doc_hashes TEXT;

CREATE TABLE consent_documents (
    auth_id     TEXT   NOT NULL REFERENCES consents (auth_id),
    digest      TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    name        TEXT,
    fingerprint TEXT,
    PRIMARY KEY (auth_id, digest)
);
