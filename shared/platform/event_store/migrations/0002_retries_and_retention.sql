-- A timer that fails is tried again later, and put aside after a day: see timers.
ALTER TABLE timers
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN retry_at timestamptz,
  ADD COLUMN error    text,
  ADD COLUMN parked   timestamptz;
CREATE INDEX timers_parked_idx ON timers (parked, id) WHERE parked IS NOT NULL AND fired IS NULL AND NOT stopped;

-- What nobody will ask for again is deleted, and the internal feed behind the relay is packed: see retention. Of its
-- own history {writer} may still change nothing, nor delete stored and public events, nor blocks.
CREATE TABLE internal_blocks (
  first bigint PRIMARY KEY,
  last  bigint NOT NULL,
  body  bytea  NOT NULL
);
ALTER TABLE internal_blocks ALTER COLUMN body SET STORAGE EXTERNAL;  -- it is compressed already
GRANT SELECT, INSERT ON internal_blocks TO {writer};
GRANT DELETE ON internal_events, idempotency_keys, timers, dead_letters TO {writer};
