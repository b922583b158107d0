-- Reminders that go out by mail: one row per reminder, under its identifier. `state`: waiting | sent | failed; a failed
-- one waits again at `again_at`, or was given up. `recipients` are persons; their addresses are the campaign's.
CREATE TABLE notices (
  number     bigserial   NOT NULL UNIQUE,
  id         uuid        PRIMARY KEY,
  unit       text        NOT NULL,
  recipients jsonb       NOT NULL,
  text       text        NOT NULL,
  link       text        NOT NULL,
  queued_at  timestamptz NOT NULL,
  state      text        NOT NULL,
  attempts   integer     NOT NULL,
  reason     text,
  again_at   timestamptz
);
CREATE INDEX notices_waiting_idx ON notices (number) WHERE state = 'waiting';
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON notices TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON notices FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON notices TO {writer};
GRANT USAGE ON SEQUENCE notices_number_seq TO {writer};
GRANT SELECT ON notices TO {reader};
