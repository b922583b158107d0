-- What lists and pages of *cases* read. The reader sees only rows of the units named in `bihuan.units` ('*': all):
-- the second wall behind the application's own checks.

CREATE TABLE cases (
  id             uuid        PRIMARY KEY,
  tip            text        UNIQUE,
  origin         text        NOT NULL,
  unit           text        NOT NULL,
  state          text        NOT NULL,
  version        bigint      NOT NULL,
  matter         text        NOT NULL,
  enterprise     text,
  source         text        NOT NULL,
  danger         boolean     NOT NULL,
  in_period      boolean     NOT NULL,
  letter         text,
  handler        text,
  draft          text,
  overdue        boolean     NOT NULL DEFAULT false,
  idle           boolean     NOT NULL DEFAULT false,
  received_at    timestamptz NOT NULL,
  opened_at      timestamptz NOT NULL,
  transferred_at timestamptz,
  reported_at    timestamptz,
  closed_at      timestamptz,
  due            timestamptz,
  first_step_due timestamptz
);
CREATE INDEX cases_unit_state_idx ON cases (unit, state);
CREATE INDEX cases_due_idx ON cases (due) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX cases_letter_idx ON cases (letter);

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON cases TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON cases FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON cases TO {writer};
GRANT SELECT ON cases TO {reader};
