-- Figures as they happen: what each subject (a case, a paper, an enterprise) adds to every figure and takes from it, by
-- the instant from which that holds, and the sums by day of which figures are read. All of it follows from `facts` and
-- is counted by one process at a time (services/assessment/counting.py).

ALTER TABLE facts ADD COLUMN subject text, ADD COLUMN sequence bigint;
UPDATE facts SET
  subject = CASE
    WHEN what IN ('Owed', 'Filed') THEN 'paper:' || (event ->> 'filing')
    WHEN what = 'Inspected' THEN 'enterprise:' || (event ->> 'unit') || ':' || (event ->> 'enterprise')
    ELSE 'case:' || (event ->> 'case')
  END,
  -- the place of what *cases* told in its feed: `cases:17`, of a later timeline `cases@2:17`
  sequence = CASE WHEN id ~ '^cases[:@]' THEN substring(id FROM '^cases(?:@[0-9]+)?:([0-9]+)')::bigint END;
ALTER TABLE facts ALTER COLUMN subject SET NOT NULL;
DROP INDEX facts_at_idx;
CREATE INDEX facts_subject_idx ON facts (subject, at, number);
CREATE INDEX facts_closings_idx ON facts (unit, sequence) WHERE what = 'CaseClosed';
CREATE INDEX case_facts_running_idx ON case_facts (unit) WHERE state NOT IN ('closed', 'taken_back');

-- Subjects whose facts have changed, from which instant on: a row for each fact, deleted when it is counted.
CREATE TABLE uncounted (
  number  bigserial   PRIMARY KEY,
  subject text        NOT NULL,
  at      timestamptz NOT NULL
);
INSERT INTO uncounted (subject, at) SELECT subject, min(at) FROM facts GROUP BY subject;

CREATE FUNCTION facts_are_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.uncounted (subject, at) SELECT subject, at FROM changed ORDER BY at;
  RETURN NULL;
END $$;
CREATE TRIGGER brought AFTER INSERT ON facts REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION facts_are_uncounted();
CREATE TRIGGER taken AFTER DELETE ON facts REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION facts_are_uncounted();

-- `fact` is the identifier of the fact behind it, `concerned` the unit whose people may not know of the case, or ''.
CREATE TABLE figure_deltas (
  subject   text        NOT NULL,
  at        timestamptz NOT NULL,
  measure   text        NOT NULL,
  unit      text        NOT NULL,
  n         integer     NOT NULL,
  fact      text        NOT NULL,
  concerned text        NOT NULL
);
CREATE INDEX figure_deltas_subject_idx ON figure_deltas (subject, at);
CREATE INDEX figure_deltas_measure_idx ON figure_deltas (measure, unit, subject);
CREATE INDEX figure_deltas_at_idx ON figure_deltas (at);

-- `day` is the campaign's.
CREATE TABLE figure_days (
  day       date   NOT NULL,
  measure   text   NOT NULL,
  unit      text   NOT NULL,
  concerned text   NOT NULL,
  n         bigint NOT NULL,
  PRIMARY KEY (day, measure, unit, concerned)
);

-- The same by month (its first day), so that the whole is read in a few rows.
CREATE TABLE figure_months (
  day       date   NOT NULL,
  measure   text   NOT NULL,
  unit      text   NOT NULL,
  concerned text   NOT NULL,
  n         bigint NOT NULL,
  PRIMARY KEY (day, measure, unit, concerned)
);

-- By what the figures were counted: what the campaign says (`basis`), and the digest of that and of the rules; another
-- one counts anew.
CREATE TABLE figure_basis (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  digest text    NOT NULL,
  basis  jsonb   NOT NULL
);

ALTER TABLE figure_deltas ENABLE ROW LEVEL SECURITY;
ALTER TABLE figure_deltas FORCE ROW LEVEL SECURITY;
ALTER TABLE figure_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE figure_days FORCE ROW LEVEL SECURITY;
ALTER TABLE figure_months ENABLE ROW LEVEL SECURITY;
ALTER TABLE figure_months FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON figure_deltas TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY writes ON figure_days TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY writes ON figure_months TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON figure_deltas TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON figure_days TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON figure_months TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY reads ON figure_deltas FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
CREATE POLICY reads ON figure_days FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
CREATE POLICY reads ON figure_months FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
CREATE POLICY independent ON figure_deltas AS RESTRICTIVE FOR SELECT TO {reader} USING (
  concerned = '' OR concerned <> ALL (coalesce(string_to_array(current_setting('bihuan.interests', true), ','), '{}'))
);
CREATE POLICY independent ON figure_days AS RESTRICTIVE FOR SELECT TO {reader} USING (
  concerned = '' OR concerned <> ALL (coalesce(string_to_array(current_setting('bihuan.interests', true), ','), '{}'))
);
CREATE POLICY independent ON figure_months AS RESTRICTIVE FOR SELECT TO {reader} USING (
  concerned = '' OR concerned <> ALL (coalesce(string_to_array(current_setting('bihuan.interests', true), ','), '{}'))
);
GRANT SELECT, INSERT, DELETE ON uncounted TO {writer};
GRANT USAGE ON SEQUENCE uncounted_number_seq TO {writer};
GRANT SELECT ON uncounted TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON figure_deltas, figure_days, figure_months, figure_basis TO {writer};
GRANT SELECT ON figure_deltas, figure_days, figure_months TO {reader};

-- A return says up to which event of *cases* it is counted.
GRANT SELECT ON consumer_positions TO {reader};
