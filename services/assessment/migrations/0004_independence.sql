-- What is against the officials of a unit is hidden from everybody who has a post or a seat there, whatever seat he reads
-- from: conflict of interest is by person. `bihuan.interests` are the bodies of the person who reads; see visibility.

CREATE TABLE confidential (
  id   uuid PRIMARY KEY,
  unit text NOT NULL
);
GRANT SELECT, INSERT ON confidential TO {writer};
GRANT SELECT ON confidential TO {reader};
CREATE POLICY independent ON case_facts AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = case_facts.case_id
      AND c.unit = ANY (string_to_array(current_setting('bihuan.interests', true), ','))
  )
);
