-- What the public is told of a case and what not, and what is owed where it was told what is not so.

-- One row per case: whether it is closed and what it came to, what of it is undecided (`doubts`: triggers), and the title
-- of the draft that waits for that (`deferred`).
CREATE TABLE standings (
  case_id      uuid        PRIMARY KEY,
  unit         text        NOT NULL,
  closed       boolean     NOT NULL,
  conclusion   text,
  doubts       jsonb       NOT NULL,
  confidential boolean     NOT NULL,
  deferred     text,
  noted_at     timestamptz
);
ALTER TABLE standings ENABLE ROW LEVEL SECURITY;
ALTER TABLE standings FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON standings TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON standings TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY reads ON standings FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
CREATE POLICY independent ON standings AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = standings.case_id
      AND c.unit = ANY (string_to_array(current_setting('bihuan.interests', true), ','))
  )
);
GRANT SELECT, INSERT, UPDATE ON standings TO {writer};
GRANT SELECT ON standings TO {reader};

-- What was alleged and not borne out: the public is told how many, by the week of `since`. Null: it does not count (now).
CREATE TABLE unfounded (
  case_id uuid PRIMARY KEY,
  since   timestamptz
);
GRANT SELECT, INSERT, UPDATE ON unfounded TO {writer};
GRANT SELECT ON unfounded TO {reader};

-- Major hazards: `confirmed` once they are more than what somebody told, `rectified` while their case is closed.
CREATE TABLE hazards (
  case_id   uuid    PRIMARY KEY,
  major     boolean NOT NULL,
  confirmed boolean NOT NULL,
  rectified boolean NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON hazards TO {writer};
GRANT SELECT ON hazards TO {reader};

-- A correction that is owed until `correction_due` (exclusive); `corrected_on`: [{channel, evidence, at}].
ALTER TABLE disclosures ADD COLUMN correction_due timestamptz, ADD COLUMN corrected_on jsonb;

-- `not_so`: why an item is or was corrected, known since `not_so_since`; `correction_due`: it still reads as before;
-- `nameless`: what it said before is not shown any more.
ALTER TABLE board ADD COLUMN not_so text, ADD COLUMN not_so_since timestamptz,
  ADD COLUMN correction_due timestamptz, ADD COLUMN corrected_on jsonb,
  ADD COLUMN nameless boolean NOT NULL DEFAULT false;
