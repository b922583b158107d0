-- Which of the office's clocks, or of several verifications, a reminder is about.
ALTER TABLE reminders ADD COLUMN about text;

-- A mail goes to one person: `reminder` is what it is of, `kind` and `due` say how urgent it is. `state` may be dropped:
-- what it asked for was done before it went out. Those of older releases bear the reminder's identifier and several
-- recipients.
ALTER TABLE notices
  ADD COLUMN reminder uuid,
  ADD COLUMN kind text NOT NULL DEFAULT '',
  ADD COLUMN due timestamptz;
UPDATE notices SET reminder = id;
ALTER TABLE notices ALTER COLUMN reminder SET NOT NULL;
CREATE INDEX notices_reminder_idx ON notices (reminder);
DROP POLICY independent ON notices;
CREATE POLICY independent ON notices AS RESTRICTIVE FOR SELECT TO {reader} USING (
  EXISTS (SELECT FROM outgoing AS o WHERE o.reminder = notices.reminder)
);

-- The weeks of the weekly disclosure: `state` is open, reminded or made. `raised_to`: director | taskforce, once it is missed.
CREATE TABLE weeks (
  id        uuid        PRIMARY KEY,
  due       timestamptz NOT NULL,
  state     text        NOT NULL,
  raised_to text
);
GRANT SELECT, INSERT, UPDATE ON weeks TO {writer};
GRANT SELECT ON weeks TO {reader};
