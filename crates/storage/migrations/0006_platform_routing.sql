-- Several addresses of one system (routing). Until now a system had one, in systems.base_url: it becomes the first.
CREATE TABLE system_endpoints (
    app_id     TEXT   NOT NULL REFERENCES systems (app_id),
    base_url   TEXT   NOT NULL,
    priority   BIGINT NOT NULL,
    weight     BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    reason     TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, base_url)
);
INSERT INTO system_endpoints (app_id, base_url, priority, weight, state, created_at, changed_at)
    SELECT app_id, base_url, 1, 100, 'active', created_at, created_at FROM systems WHERE base_url IS NOT NULL;

-- What each replica last saw of each address. Nothing is decided by it but what people are shown.
CREATE TABLE endpoint_health (
    app_id     TEXT    NOT NULL,
    base_url   TEXT    NOT NULL,
    replica    TEXT    NOT NULL,
    breaker    TEXT    NOT NULL,
    failures   BIGINT  NOT NULL,
    open_until BIGINT,
    probe_ok   BOOLEAN,
    probe_text TEXT,
    probed_at  BIGINT,
    seen_at    BIGINT  NOT NULL,
    PRIMARY KEY (app_id, base_url, replica)
);
CREATE INDEX endpoint_health_by_time ON endpoint_health (seen_at);

-- Maintenance (维护) of one system, or of the platform itself (app_id '').
CREATE TABLE maintenance (
    app_id   TEXT   NOT NULL PRIMARY KEY,
    reason   TEXT   NOT NULL,
    since    BIGINT NOT NULL,
    until    BIGINT,
    actor    TEXT   NOT NULL
);
