-- Whether the feedback date stands still, because the accident that the case is about is not investigated yet. Of cases
-- that are there already it is false until the table is rebuilt.

ALTER TABLE cases ADD COLUMN awaits_investigation boolean NOT NULL DEFAULT false;
