-- What is against the officials of a unit is hidden from everybody who has a post or a seat there, whatever seat he reads
-- from: conflict of interest is by person. `bihuan.interests` are the bodies of the person who reads; see visibility.

CREATE TABLE confidential (
  id   uuid PRIMARY KEY,
  unit text NOT NULL
);
GRANT SELECT, INSERT ON confidential TO {writer};
GRANT SELECT ON confidential TO {reader};
INSERT INTO confidential (id, unit)
SELECT originator_id, lead ->> 'unit'
FROM (
  SELECT originator_id, convert_from(state, 'UTF8')::jsonb #> '{data,lead}' AS lead
  FROM stored_events WHERE topic = 'intake.TipTriaged'
) AS triaged
WHERE lead -> 'matters' ? 'against_officials';
