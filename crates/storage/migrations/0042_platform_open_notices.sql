-- Counting notices that are not acknowledged must not read those that are.
CREATE INDEX deliveries_open ON deliveries (app_id, state) WHERE state <> 'delivered';
