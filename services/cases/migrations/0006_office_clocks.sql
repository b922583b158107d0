-- By when the office owes what on a case, exclusive; null where it owes nothing of the kind (or no release had a date).
-- Of a case without a letter that is `due`, of the result of a closed one `disclosure_due`.

ALTER TABLE cases
  ADD COLUMN return_due timestamptz,
  ADD COLUMN answer_due timestamptz,
  ADD COLUMN review_due timestamptz,
  ADD COLUMN closing_due timestamptz;
ALTER TABLE escalations ADD COLUMN appoint_due timestamptz;
