-- One consent for several documents (批量意愿认证): each digest may be signed once. The list as it was sent stands with the
-- consent.
ALTER TABLE consents ADD COLUMN doc_hashes TEXT;

CREATE TABLE consent_documents (
    system_app_id TEXT   NOT NULL,
    auth_id       TEXT   NOT NULL,
    digest        TEXT   NOT NULL,
    number        BIGINT NOT NULL,
    fingerprint   TEXT,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (system_app_id, auth_id, digest)
);
CREATE INDEX consent_documents_by_expiry ON consent_documents (expires_at);
