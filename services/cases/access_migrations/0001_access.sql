-- Sign-in: one account per seat of a person. And the domain clock's row, which every service may read.

CREATE TABLE accounts (
  name          text        PRIMARY KEY,
  person        text        NOT NULL,
  role          text        NOT NULL,
  unit          text        NOT NULL,
  password_hash text        NOT NULL,
  disabled      boolean     NOT NULL DEFAULT false,
  failures      integer     NOT NULL DEFAULT 0,
  failed        timestamptz
);
GRANT SELECT, INSERT, UPDATE ON accounts TO {writer};

CREATE TABLE clock (
  instant timestamptz NOT NULL,
  running boolean     NOT NULL,
  set_at  timestamptz NOT NULL
);
INSERT INTO clock VALUES (now(), true, now());
GRANT SELECT, UPDATE ON clock TO {writer};
GRANT SELECT ON clock TO {reader};

CREATE TABLE installation (
  id uuid PRIMARY KEY
);
GRANT SELECT ON installation TO {writer}, {reader};
