-- Histories are only added to: the database itself refuses anything else.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER seal_state_history_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_state_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER system_history_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON system_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

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
