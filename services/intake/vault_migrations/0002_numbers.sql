-- Which tip another system's number belongs to: the first that came with it, claimed before its command.

CREATE TABLE numbers (
  source text NOT NULL,
  number text NOT NULL,
  tip    uuid NOT NULL,
  PRIMARY KEY (source, number)
);
GRANT SELECT, INSERT ON numbers TO {writer};
