-- The digest of all seals of a system at the end of a day (日对账单), signed by the platform.
CREATE TABLE daily_digests (
    app_id   TEXT   NOT NULL REFERENCES systems (app_id),
    day      TEXT   NOT NULL,
    as_of    BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    enabled  BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    revoked  BIGINT NOT NULL,
    digest   TEXT   NOT NULL,
    key_id   TEXT   NOT NULL,
    sign     TEXT   NOT NULL,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
);
