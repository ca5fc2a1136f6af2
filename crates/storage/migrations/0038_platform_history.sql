-- Histories are only added to: the database itself refuses anything else.
CREATE TRIGGER seal_state_history_no_update BEFORE UPDATE ON seal_state_history
    BEGIN SELECT RAISE(ABORT, 'seal_state_history is only added to'); END;
CREATE TRIGGER seal_state_history_no_delete BEFORE DELETE ON seal_state_history
    BEGIN SELECT RAISE(ABORT, 'seal_state_history is only added to'); END;
CREATE TRIGGER system_history_no_update BEFORE UPDATE ON system_history
    BEGIN SELECT RAISE(ABORT, 'system_history is only added to'); END;
CREATE TRIGGER system_history_no_delete BEFORE DELETE ON system_history
    BEGIN SELECT RAISE(ABORT, 'system_history is only added to'); END;

-- Seals that the platform's operator disabled (强制停用): their system cannot enable them until the hold is lifted.
CREATE TABLE seal_holds (
    seal_code   TEXT   NOT NULL REFERENCES seals (seal_code),
    since       BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    proposed_by TEXT   NOT NULL,
    approved_by TEXT   NOT NULL,
    lifted_at   BIGINT,
    lifted_by   TEXT,
    lift_reason TEXT,
    PRIMARY KEY (seal_code, since)
);
CREATE UNIQUE INDEX seal_holds_current ON seal_holds (seal_code) WHERE lifted_at IS NULL;
