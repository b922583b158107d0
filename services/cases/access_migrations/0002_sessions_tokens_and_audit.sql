-- Sessions and API tokens that can be ended, first passwords, failures by account and address, and who did what.
-- `failures` and `failed` of accounts are no longer used; they stay for an earlier version that runs beside this one.

ALTER TABLE accounts ADD COLUMN must_change boolean NOT NULL DEFAULT true;  -- a first password opens nothing else
ALTER TABLE accounts ADD COLUMN signed_in timestamptz;

-- What was signed for somebody, known by a digest of its identifier. A session's row ends with its twelve hours.
CREATE TABLE tokens (
  mark    text        PRIMARY KEY,
  kind    text        NOT NULL CHECK (kind IN ('session', 'api')),
  label   text        NOT NULL DEFAULT '',
  account text        REFERENCES accounts,
  person  text        NOT NULL,
  role    text        NOT NULL,
  unit    text        NOT NULL,
  issued  timestamptz NOT NULL DEFAULT now(),
  expires timestamptz NOT NULL,
  used    timestamptz,
  ended   timestamptz
);
CREATE INDEX tokens_account_idx ON tokens (account) WHERE ended IS NULL;
CREATE INDEX tokens_ended_idx ON tokens (kind, ended) WHERE ended IS NOT NULL;
CREATE INDEX tokens_expires_idx ON tokens (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON tokens TO {writer};

-- What every service refuses. A session's cookie lives for a quarter of an hour after it was last renewed, and nobody
-- renews one that has ended; a minute more is for clocks.
CREATE VIEW revoked_tokens AS
  SELECT mark FROM tokens WHERE kind = 'session' AND ended > now() - interval '16 minutes'
  UNION ALL
  SELECT mark FROM tokens WHERE kind = 'api' AND ended IS NOT NULL AND expires > now();
GRANT SELECT ON revoked_tokens TO {writer}, {reader};

CREATE VIEW disabled_seats AS
  SELECT person, role, unit FROM accounts GROUP BY person, role, unit HAVING bool_and(disabled);
GRANT SELECT ON disabled_seats TO {writer}, {reader};

-- Services that may only read say by this which API tokens they saw.
CREATE FUNCTION tokens_used(marks text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE tokens SET used = now()
  WHERE mark = ANY (marks) AND kind = 'api' AND (used IS NULL OR used <= now() - interval '1 minute');
END;
REVOKE ALL ON FUNCTION tokens_used(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tokens_used(text[]) TO {writer}, {reader};

-- Attempts that are left: by account and address, by address, by account. A bucket's name is an HMAC that changes with
-- the day; no address is kept. `name_mark` finds what unlocking an account has to clear.
CREATE TABLE attempts (
  bucket    bytea            PRIMARY KEY,
  kind      text             NOT NULL CHECK (kind IN ('pair', 'address', 'account')),
  name_mark bytea            NOT NULL,
  tokens    double precision NOT NULL,
  since     timestamptz      NOT NULL
);
CREATE INDEX attempts_name_idx ON attempts (name_mark);
CREATE INDEX attempts_since_idx ON attempts (since);
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO {writer};

-- Who came in, was refused, was let in or shut out, and by whom. Nobody but the owner can change or remove a row.
CREATE TABLE access_events (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  what    text        NOT NULL,
  by      text        NOT NULL CHECK (by IN ('self', 'command')),
  account text,
  mark    text
);
GRANT SELECT, INSERT ON access_events TO {writer};
