-- One column of every type that read tables use.
CREATE TABLE every_type (
  id    uuid PRIMARY KEY,
  seal  bytea,
  whole jsonb,
  parts text[],
  at    timestamptz,
  day   date,
  count bigint
);
GRANT SELECT, INSERT, UPDATE ON every_type TO {writer};
