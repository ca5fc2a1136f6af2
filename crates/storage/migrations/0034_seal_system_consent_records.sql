-- How the signer agreed, as this system states it in its answer (sealed).
ALTER TABLE consents ADD COLUMN record TEXT;
