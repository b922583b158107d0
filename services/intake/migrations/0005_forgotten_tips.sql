-- Tips that were taken in during a time that a restore took away: who holds the receipt of one is told so. `number` is
-- the timeline that began then; `unit` is there where the tip had been triaged to a county. Not made from events: the
-- bus may forget what it had told, so this stays for ever, as `abandoned_events` do.
CREATE TABLE forgotten_tips (
  lookup      bytea       NOT NULL,
  number      integer     NOT NULL,
  tip         uuid        NOT NULL,
  source      text        NOT NULL,
  unit        text,
  received_at timestamptz NOT NULL,
  lost_at     timestamptz NOT NULL,
  PRIMARY KEY (lookup, number)
);
CREATE INDEX forgotten_tips_tip_idx ON forgotten_tips (tip);
GRANT SELECT, INSERT ON forgotten_tips TO {writer};
GRANT SELECT ON forgotten_tips TO {reader};
