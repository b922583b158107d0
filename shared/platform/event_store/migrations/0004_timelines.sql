-- Where this service's feeds began anew because the database had been put back to an earlier state, and what others had
-- been told that it no longer knows: see messaging/timelines. The first timeline has number 1 and no row.
CREATE TABLE timelines (
  number         integer     PRIMARY KEY CHECK (number > 1),
  public_after   bigint      NOT NULL,
  internal_after bigint      NOT NULL,
  reason         text        NOT NULL,
  began          timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE abandoned_events (
  number   integer NOT NULL REFERENCES timelines,
  feed     text    NOT NULL,
  sequence bigint  NOT NULL,
  body     text    NOT NULL,
  PRIMARY KEY (number, feed, sequence)
);
GRANT SELECT, INSERT ON timelines, abandoned_events TO {writer};
GRANT SELECT ON timelines, abandoned_events TO {reader};

-- The timelines of the producers that this service reads. `position`: how far it had read the abandoned one; above
-- `after` it had taken in what no longer is, and what it did because of that is in `taken_back`, stream by stream:
-- `reason` is null where an event takes it back, else why a person must look at it.
CREATE TABLE producer_timelines (
  producer text        NOT NULL,
  number   integer     NOT NULL,
  after    bigint      NOT NULL,
  position bigint      NOT NULL,
  met      timestamptz NOT NULL DEFAULT now(),
  rebuilt  timestamptz,
  PRIMARY KEY (producer, number)
);
CREATE TABLE taken_back (
  id       uuid        PRIMARY KEY,
  producer text        NOT NULL,
  number   integer     NOT NULL,
  stream   uuid        NOT NULL,
  kind     text        NOT NULL,
  reason   text,
  at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (producer, number, stream)
);
GRANT SELECT, INSERT ON producer_timelines, taken_back TO {writer};
GRANT SELECT ON producer_timelines, taken_back TO {reader};
