-- What every unit owes and what became of it; and the bulletins. The reader sees only filings of the units named in
-- `bihuan.units` ('*': all). That a bulletin exists is no secret.

-- `period` is a week's number, a month, or 'once'; `due` is exclusive, `deadline` explains it day by day. `state`:
-- owed | missed | filed | sent_back. `broken_by` is the last case that contradicts a commitment.
CREATE TABLE filings (
  id        uuid        PRIMARY KEY,
  rule      text        NOT NULL,
  kind      text        NOT NULL,
  unit      text        NOT NULL,
  period    text        NOT NULL,
  due       timestamptz NOT NULL,
  deadline  jsonb       NOT NULL,
  state     text        NOT NULL,
  in_time   boolean,
  filed_at  timestamptz,
  nil       boolean,
  broken_by text
);
CREATE INDEX filings_unit_idx ON filings (unit, due);

CREATE TABLE bulletins (
  id           uuid        PRIMARY KEY,
  month        text        NOT NULL UNIQUE,
  drawn_at     timestamptz,
  cases        integer,
  published_at timestamptz
);

ALTER TABLE filings ENABLE ROW LEVEL SECURITY;
ALTER TABLE filings FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON filings TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON filings FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON filings, bulletins TO {writer};
GRANT SELECT ON filings, bulletins TO {reader};
