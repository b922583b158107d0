-- From when on a waiting mail may go out; at any hour where that is null.

ALTER TABLE notices ADD COLUMN not_before timestamptz;
