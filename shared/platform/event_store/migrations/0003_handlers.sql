-- From which position of a producer's feed on it was taken in by which handlers (name → version): see messaging/missed.
CREATE TABLE handler_eras (
  producer text   NOT NULL,
  first    bigint NOT NULL,
  handlers jsonb  NOT NULL,
  PRIMARY KEY (producer, first)
);
GRANT SELECT, INSERT, UPDATE ON handler_eras TO {writer};
ALTER TABLE dead_letters ADD COLUMN missed boolean NOT NULL DEFAULT false;
