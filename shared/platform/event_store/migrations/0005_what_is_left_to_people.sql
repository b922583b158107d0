-- What is left to a person may be a stream twice, for different reasons (a letter that was forgotten, and one that got
-- its number again); `about` says of what the reason speaks. Who has settled it says how: `settled_how` is his sentence.
ALTER TABLE taken_back
  ADD COLUMN about       text NOT NULL DEFAULT '',
  ADD COLUMN settled_at  timestamptz,
  ADD COLUMN settled_by  text,
  ADD COLUMN settled_how text,
  DROP CONSTRAINT taken_back_producer_number_stream_key,
  ADD UNIQUE (producer, number, stream, kind);
GRANT UPDATE (settled_at, settled_by, settled_how) ON taken_back TO {writer};

-- A database that is put back to before an earlier time that it had forgotten forgets two events of the same sequence.
ALTER TABLE abandoned_events
  ADD COLUMN timeline integer NOT NULL DEFAULT 1,
  DROP CONSTRAINT abandoned_events_pkey,
  ADD PRIMARY KEY (number, feed, sequence, timeline);
