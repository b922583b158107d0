-- Reminders, planned and sent, and what goes out. The reader sees only rows of the units named in `bihuan.units`
-- ('*': all).

-- One row per reminder. `remind_at` is when it is (or was) to be sent, `due` the exclusive end of the deadline that it
-- is about, where it is about one. `state`: planned | sent | stopped.
CREATE TABLE reminders (
  number    bigserial   NOT NULL UNIQUE,
  id        uuid        PRIMARY KEY,
  case_id   uuid        NOT NULL,
  unit      text        NOT NULL,
  kind      text        NOT NULL,
  to_role   text        NOT NULL,
  remind_at timestamptz NOT NULL,
  due       timestamptz,
  state     text        NOT NULL,
  sent_at   timestamptz
);
CREATE INDEX reminders_unit_idx ON reminders (unit, number);
CREATE INDEX reminders_case_idx ON reminders (case_id);

-- What goes out, numbered in the order in which it was decided: every channel reads on from its own position.
CREATE TABLE outgoing (
  number   bigserial   PRIMARY KEY,
  reminder uuid        NOT NULL UNIQUE,
  case_id  uuid        NOT NULL,
  unit     text        NOT NULL,
  kind     text        NOT NULL,
  to_role  text        NOT NULL,
  sent_at  timestamptz NOT NULL,
  text     text        NOT NULL,
  link     text        NOT NULL
);

CREATE TABLE channels (
  channel text   PRIMARY KEY,
  number  bigint NOT NULL
);
INSERT INTO channels (channel, number) VALUES ('log', 0);

ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON reminders TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON reminders FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
ALTER TABLE outgoing ENABLE ROW LEVEL SECURITY;
ALTER TABLE outgoing FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON outgoing TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON outgoing FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON reminders TO {writer};
GRANT SELECT, INSERT ON outgoing TO {writer};
GRANT SELECT, UPDATE ON channels TO {writer};
GRANT USAGE ON SEQUENCE reminders_number_seq, outgoing_number_seq TO {writer};
GRANT SELECT ON reminders, outgoing TO {reader};
