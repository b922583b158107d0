-- What lists, receipts and pages of *intake* read. What a tipster wrote is here as ciphertext only (`account`, `sealed`).

CREATE TABLE tips (
  id          uuid        PRIMARY KEY,
  version     bigint      NOT NULL,
  state       text        NOT NULL,
  kind        text        NOT NULL,
  source      text        NOT NULL,
  mode        text        NOT NULL,
  danger      boolean     NOT NULL,
  in_period   boolean     NOT NULL,
  received_at timestamptz NOT NULL,
  triage_due  timestamptz NOT NULL,
  triaged_at  timestamptz,
  category    text,
  occurred_at timestamptz,
  external_no text,
  account     jsonb       NOT NULL,
  suggestion  jsonb       NOT NULL,
  unit        text,
  matter      text,
  enterprise  text,
  place       text,
  violation   text,
  target      text,
  reason      text,
  channel     text,
  triaged_by  text
);
CREATE INDEX tips_waiting_idx ON tips (danger DESC, triage_due, id) WHERE state = 'received';
CREATE INDEX tips_state_idx ON tips (state, id);
GRANT SELECT, INSERT, UPDATE ON tips TO {writer};
GRANT SELECT ON tips TO {reader};

-- The dialogue and later additions, in order of time. `author`: tipster | office; `kind`: message | supplement.
CREATE TABLE tip_texts (
  id     uuid        PRIMARY KEY,
  tip    uuid        NOT NULL,
  at     timestamptz NOT NULL,
  author text        NOT NULL,
  kind   text        NOT NULL,
  sealed jsonb       NOT NULL
);
CREATE INDEX tip_texts_tip_idx ON tip_texts (tip, at);
GRANT SELECT, INSERT, UPDATE ON tip_texts TO {writer};
GRANT SELECT ON tip_texts TO {reader};

-- From a receipt code's look-up value to its tip. Holds no code; made again from the tips and the peppers.
CREATE TABLE receipts (
  lookup bytea PRIMARY KEY,
  tip    uuid  NOT NULL
);
GRANT SELECT, INSERT ON receipts TO {writer};
GRANT SELECT ON receipts TO {reader};

-- The loop of the case that came of a tip, as *cases* draws it.
CREATE TABLE tip_loops (
  case_id      text        PRIMARY KEY,
  tip          uuid        NOT NULL,
  unit         text        NOT NULL,
  state        text        NOT NULL,
  version      bigint      NOT NULL,
  steps        jsonb       NOT NULL,
  feedback_due timestamptz
);
CREATE INDEX tip_loops_tip_idx ON tip_loops (tip);
GRANT SELECT, INSERT, UPDATE ON tip_loops TO {writer};
GRANT SELECT ON tip_loops TO {reader};
