-- Disclosures: what the office works on, and what the public reads. The two are apart, so that the public pages cannot
-- show a draft by mistake.

-- The office's list: one row per item. `due` is exclusive. `doubts`: [{kind, excerpt, answer}]; `approvers`: persons;
-- `channels`: [{channel, evidence, at}]; `correction`: {title, text} that waits for its signature.
CREATE TABLE disclosures (
  number            bigserial   NOT NULL UNIQUE,
  id                uuid        PRIMARY KEY,
  version           bigint      NOT NULL,
  case_id           uuid,
  unit              text        NOT NULL,
  kind              text        NOT NULL,
  state             text        NOT NULL,
  title             text        NOT NULL,
  text              text        NOT NULL,
  enterprise        text,
  place             text,
  violation         text,
  outcomes          jsonb       NOT NULL,
  due               timestamptz,
  drafted_at        timestamptz NOT NULL,
  checked_by        text,
  doubts            jsonb,
  approvers         jsonb,
  channels          jsonb,
  published_at      timestamptz,
  correction        jsonb,
  correction_reason text,
  reason            text
);
CREATE INDEX disclosures_state_idx ON disclosures (state, number);
CREATE INDEX disclosures_unit_idx ON disclosures (unit, number);
ALTER TABLE disclosures ENABLE ROW LEVEL SECURITY;
ALTER TABLE disclosures FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON disclosures TO {writer} USING (true) WITH CHECK (true);
CREATE POLICY reads ON disclosures FOR SELECT TO {reader} USING (
  current_setting('bihuan.units', true) = '*'
  OR unit = ANY (string_to_array(current_setting('bihuan.units', true), ','))
);
GRANT SELECT, INSERT, UPDATE ON disclosures TO {writer};
GRANT USAGE ON SEQUENCE disclosures_number_seq TO {writer};
GRANT SELECT ON disclosures TO {reader};

-- The public board: one row per item that stands on every channel. A withdrawn one keeps its kind, unit and dates and
-- the reason; its words are gone.
CREATE TABLE board (
  number       bigserial   NOT NULL UNIQUE,
  id           uuid        PRIMARY KEY,
  case_id      uuid,
  unit         text        NOT NULL,
  kind         text        NOT NULL,
  title        text        NOT NULL,
  text         text        NOT NULL,
  enterprise   text,
  place        text,
  violation    text,
  outcomes     jsonb       NOT NULL,
  channels     jsonb       NOT NULL,
  published_at timestamptz NOT NULL,
  corrected_at timestamptz,
  withdrawn_at timestamptz,
  reason       text
);
CREATE INDEX board_published_idx ON board (published_at DESC, number DESC);
GRANT SELECT, INSERT, UPDATE ON board TO {writer};
GRANT USAGE ON SEQUENCE board_number_seq TO {writer};
GRANT SELECT ON board TO {reader};

-- Every wording that the public read, the first with its publication. `reason` is why it replaced the one before.
CREATE TABLE wordings (
  id         text        PRIMARY KEY,
  disclosure uuid        NOT NULL,
  at         timestamptz NOT NULL,
  title      text        NOT NULL,
  text       text        NOT NULL,
  reason     text
);
CREATE INDEX wordings_disclosure_idx ON wordings (disclosure, at);
GRANT SELECT, INSERT ON wordings TO {writer};
GRANT SELECT ON wordings TO {reader};

-- The loop of each case, as *cases* draws it.
CREATE TABLE case_loops (
  case_id uuid   PRIMARY KEY,
  version bigint NOT NULL,
  steps   jsonb  NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON case_loops TO {writer};
GRANT SELECT ON case_loops TO {reader};
