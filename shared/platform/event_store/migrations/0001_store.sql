-- The event store of one service. {writer} may append, never change: the history is immutable by privilege.
-- MAINTAIN (PostgreSQL 17) is what LOCK TABLE … IN EXCLUSIVE MODE needs beside SELECT and INSERT.

CREATE TABLE stored_events (
  originator_id      uuid   NOT NULL,
  originator_version bigint NOT NULL,
  topic              text   NOT NULL,
  state              bytea  NOT NULL,
  notification_id    bigserial,
  PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);
-- Named and shaped as the eventsourcing library expects it.
CREATE TYPE stored_event_uuid AS (originator_id uuid, originator_version bigint, topic text, state bytea);
GRANT SELECT, INSERT, MAINTAIN ON stored_events TO {writer};
GRANT USAGE ON SEQUENCE stored_events_notification_id_seq TO {writer};

-- One row per feed: 'public', 'internal' and 'public/<jurisdiction>'. Updated inside every append, under its lock,
-- so that sequences are contiguous although notification ids are not (a rolled-back insert leaves a gap there).
CREATE TABLE feed_heads (
  feed     text   PRIMARY KEY,
  sequence bigint NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON feed_heads TO {writer};

CREATE TABLE public_events (
  sequence             bigint PRIMARY KEY,
  name                 text   NOT NULL,
  stream               uuid   NOT NULL,
  version              bigint NOT NULL,
  partitionkey         text   NOT NULL,
  jurisdiction         text   NOT NULL,
  jurisdictionsequence bigint NOT NULL,
  at                   text   NOT NULL,
  recorded             text   NOT NULL,
  data                 text   NOT NULL
);
CREATE UNIQUE INDEX public_events_jurisdiction_idx ON public_events (jurisdiction, jurisdictionsequence);
GRANT SELECT, INSERT ON public_events TO {writer};

CREATE TABLE internal_events (
  sequence     bigint PRIMARY KEY,
  name         text   NOT NULL,
  stream       uuid   NOT NULL,
  version      bigint NOT NULL,
  partitionkey text   NOT NULL,
  at           text   NOT NULL,
  recorded     text   NOT NULL,
  data         text   NOT NULL
);
GRANT SELECT, INSERT ON internal_events TO {writer};

-- How far the relay has copied each feed to the bus.
CREATE TABLE relay_positions (
  feed     text   PRIMARY KEY,
  sequence bigint NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON relay_positions TO {writer};

-- How far this service has taken in each producer's internal feed; `stream_sequence` is only a hint where to seek.
CREATE TABLE consumer_positions (
  producer        text   PRIMARY KEY,
  sequence        bigint NOT NULL,
  stream_sequence bigint NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON consumer_positions TO {writer};

CREATE TABLE dead_letters (
  producer     text        NOT NULL,
  sequence     bigint      NOT NULL,
  name         text        NOT NULL,
  partitionkey text        NOT NULL,
  body         bytea       NOT NULL,
  reason       text        NOT NULL,
  parked       timestamptz NOT NULL DEFAULT now(),
  replayed     timestamptz,
  PRIMARY KEY (producer, sequence)
);
CREATE INDEX dead_letters_open_idx ON dead_letters (partitionkey) WHERE replayed IS NULL;
GRANT SELECT, INSERT, UPDATE ON dead_letters TO {writer};

CREATE TABLE idempotency_keys (
  key         text        PRIMARY KEY,
  fingerprint bytea       NOT NULL,
  result      bytea       NOT NULL,
  recorded    timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON idempotency_keys TO {writer};

CREATE TABLE timers (
  id      uuid        PRIMARY KEY,
  stream  uuid        NOT NULL,
  kind    text        NOT NULL,
  due     timestamptz NOT NULL,
  claimed timestamptz,
  fired   timestamptz,
  stopped boolean     NOT NULL DEFAULT false
);
CREATE INDEX timers_due_idx ON timers (due) WHERE fired IS NULL AND NOT stopped;
GRANT SELECT, INSERT, UPDATE ON timers TO {writer};

-- Caches outside the canon: thrown away when `schema` is not the running code's.
CREATE TABLE snapshots (
  stream  uuid   PRIMARY KEY,
  version bigint NOT NULL,
  schema  text   NOT NULL,
  state   bytea  NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO {writer};

-- One row: the installation that this database belongs to, made at first start.
CREATE TABLE installation (
  id uuid PRIMARY KEY
);
GRANT SELECT ON installation TO {writer}, {reader};
GRANT SELECT ON public_events TO {reader};
