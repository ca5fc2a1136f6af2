-- The time stamp (GB/T 20520) over a signature, so that the same request again is given the same stamp.
ALTER TABLE sign_ids ADD COLUMN time_stamp BYTEA;
