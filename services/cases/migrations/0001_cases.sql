-- What lists and pages of *cases* read. The reader sees only rows of the units named in `bihuan.units` ('*': all), and
-- those that the unit in `bihuan.own` verifies or supervises closely: the second wall behind the application's checks.

CREATE TABLE cases (
  id               uuid        PRIMARY KEY,
  tip              text        UNIQUE,
  origin           text        NOT NULL,
  unit             text        NOT NULL,
  state            text        NOT NULL,
  version          bigint      NOT NULL,
  matter           text        NOT NULL,
  enterprise       text,
  source           text        NOT NULL,
  danger           boolean     NOT NULL,
  in_period        boolean     NOT NULL,
  letter           text,
  handler          text,
  draft            text,
  overdue          boolean     NOT NULL DEFAULT false,
  idle             boolean     NOT NULL DEFAULT false,
  false_closure    boolean     NOT NULL DEFAULT false,
  key_group        text,
  received_at      timestamptz NOT NULL,
  opened_at        timestamptz NOT NULL,
  transferred_at   timestamptz,
  reported_at      timestamptz,
  closed_at        timestamptz,
  disclosed_at     timestamptz,
  assessed_in      text,
  due              timestamptz,
  first_step_due   timestamptz,
  disclosure_due   timestamptz,
  return_asked     timestamptz,
  extension_asked  timestamptz,
  reply_due        timestamptz,
  replied_at       timestamptz,
  recheck_due      timestamptz
);
CREATE INDEX cases_unit_state_idx ON cases (unit, state);
CREATE INDEX cases_due_idx ON cases (due) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX cases_letter_idx ON cases (letter);

-- One row per escalated verification; `unit` answered for the case when it was raised.
CREATE TABLE escalations (
  id         text        PRIMARY KEY,
  case_id    uuid        NOT NULL,
  n          integer     NOT NULL,
  unit       text        NOT NULL,
  trigger    text        NOT NULL,
  raised_at  timestamptz NOT NULL,
  verifier   text,
  verify_due timestamptz,
  outcome    text,
  decided_at timestamptz
);
CREATE INDEX escalations_case_idx ON escalations (case_id);

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases FORCE ROW LEVEL SECURITY;
ALTER TABLE escalations ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalations FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON cases TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY writes ON escalations TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON escalations FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
  OR verifier = current_setting('bihuan.own', true)
);
CREATE POLICY reads ON cases FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
  OR key_group = current_setting('bihuan.own', true)
  OR EXISTS (
    SELECT FROM escalations AS e WHERE e.case_id = cases.id AND e.verifier = current_setting('bihuan.own', true)
  )
);
GRANT SELECT, INSERT, UPDATE ON cases, escalations TO {writer};
GRANT SELECT ON cases, escalations TO {reader};
