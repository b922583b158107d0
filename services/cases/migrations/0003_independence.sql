-- What is against the officials of a unit is hidden from everybody who has a post or a seat there, whatever seat he reads
-- from: conflict of interest is by person. `bihuan.interests` are the bodies of the person who reads; see visibility.

CREATE TABLE confidential (
  id   uuid PRIMARY KEY,
  unit text NOT NULL
);
GRANT SELECT, INSERT ON confidential TO {writer};
GRANT SELECT ON confidential TO {reader};
INSERT INTO confidential (id, unit)
SELECT originator_id, state #>> '{data,matter,concerned}'
FROM (SELECT originator_id, convert_from(state, 'UTF8')::jsonb AS state FROM stored_events WHERE topic = 'cases.CaseOpened') AS opened
WHERE state #>> '{data,matter,concerned}' IS NOT NULL;
CREATE POLICY independent ON cases AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = cases.id
      AND c.unit = ANY (string_to_array(current_setting('bihuan.interests', true), ','))
  )
);
CREATE POLICY independent ON escalations AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = escalations.case_id
      AND c.unit = ANY (string_to_array(current_setting('bihuan.interests', true), ','))
  )
);
