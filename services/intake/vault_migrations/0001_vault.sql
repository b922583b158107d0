-- The vault. {writer} is intake alone; {reader} gets nothing: nobody only reads here.

CREATE TABLE subject_keys (
  tip         uuid        PRIMARY KEY,
  aead_alg    text        NOT NULL,
  wrapped_key bytea       NOT NULL,
  made        timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON subject_keys TO {writer};

CREATE TABLE identities (
  tip        uuid        PRIMARY KEY,
  pseudonym  text        NOT NULL UNIQUE,
  aead_alg   text        NOT NULL,
  ciphertext text        NOT NULL,
  made       timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON identities TO {writer};
