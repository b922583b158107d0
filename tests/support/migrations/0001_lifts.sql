-- The read table of the sample domain.
CREATE TABLE lifts (
  id          uuid    PRIMARY KEY,
  county      text    NOT NULL,
  inspections integer NOT NULL CHECK (inspections >= 0),
  remark      text,
  scrapped    boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT, UPDATE ON lifts TO {writer};
