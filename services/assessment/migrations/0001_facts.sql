-- What *assessment* counts from. Counts are queried and never stored, so none can drift. The reader sees only rows of
-- the units named in `bihuan.units` ('*': all).

-- Where each case stands now: one row per case, written from the events of *cases* in their order.

CREATE TABLE case_facts (
  case_id        uuid        PRIMARY KEY,
  unit           text        NOT NULL,
  origin         text        NOT NULL,
  state          text        NOT NULL,
  letter         text,
  opened_at      timestamptz NOT NULL,
  transferred_at timestamptz,
  signed_for_at  timestamptz,
  deemed         boolean     NOT NULL DEFAULT false,
  feedback_due   timestamptz,
  reported_at    timestamptz,
  in_time        boolean,
  closed_at      timestamptz,
  on_time        boolean,
  overdue        boolean     NOT NULL DEFAULT false,
  idle           boolean     NOT NULL DEFAULT false,
  false_closure  boolean     NOT NULL DEFAULT false
);
CREATE INDEX case_facts_unit_idx ON case_facts (unit, case_id);

ALTER TABLE case_facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_facts FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON case_facts TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON case_facts FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON case_facts TO {writer};
GRANT SELECT ON case_facts TO {reader};

-- What happened and when: one row per event that some figure counts, with the event itself. `at` is the event's time;
-- `number` keeps the order of events of one instant.
CREATE TABLE facts (
  number bigserial   NOT NULL UNIQUE,
  id     text        PRIMARY KEY,
  at     timestamptz NOT NULL,
  what   text        NOT NULL,
  unit   text        NOT NULL,
  event  jsonb       NOT NULL
);
CREATE INDEX facts_at_idx ON facts (at, number);

ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE facts FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON facts TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON facts FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT ON facts TO {writer};
GRANT USAGE ON SEQUENCE facts_number_seq TO {writer};
GRANT SELECT ON facts TO {reader};
