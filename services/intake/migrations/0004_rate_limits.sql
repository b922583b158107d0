-- When the bucket of a sender will be full again (seconds since 1970). A bucket's name is an HMAC of who it is, of what
-- is limited and of the day. Not worth a log or a replica: unlogged, and rows are deleted once they are full.
-- It takes the place of receipt_misses, which stays while processes of the version before may still ask it.
CREATE UNLOGGED TABLE rate_limits (
  bucket  bytea            PRIMARY KEY,
  full_at double precision NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits TO {writer};
