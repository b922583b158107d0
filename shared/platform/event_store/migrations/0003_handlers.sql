-- Which version of each handler has been given the history; `missed`: its events up to this one are still owed to it.
CREATE TABLE handlers (
  producer text    NOT NULL,
  name     text    NOT NULL,
  version  integer NOT NULL,
  missed   bigint  NOT NULL,
  PRIMARY KEY (producer, name)
);
GRANT SELECT, INSERT, UPDATE ON handlers TO {writer};
ALTER TABLE dead_letters ADD COLUMN missed boolean NOT NULL DEFAULT false;
