-- Forms that were refused, sealed, until their page is shown again: see shared/platform/service/refused.
CREATE TABLE refused_forms (
  id     bytea       PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT now(),
  sealed bytea       NOT NULL
);
GRANT SELECT, INSERT, DELETE ON refused_forms TO {writer};
