-- How many look-ups of unknown receipts an address has left, and as of when (seconds since 1970). A bucket's name is an
-- HMAC of the address and the day. Not worth a log or a replica: unlogged, and rows are deleted once they are full.
CREATE UNLOGGED TABLE receipt_misses (
  bucket bytea            PRIMARY KEY,
  tokens double precision NOT NULL,
  since  double precision NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON receipt_misses TO {writer};
