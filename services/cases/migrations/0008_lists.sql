-- Lists that stay quick with a million cases: an index for each order in which a list is read, settings read once in a
-- query and not once a row, and words that are found by an index.

-- The order of a list is (a date, id), so that a page goes on where the one before ended. What was reported is owed no
-- more: in the order of dates it comes last. (CASE, because row security takes coalesce for a function that might tell
-- what it saw, and leaves the index alone.)
DROP INDEX cases_unit_state_idx, cases_due_idx;
CREATE INDEX cases_opened_idx ON cases (opened_at, id);
CREATE INDEX cases_unit_opened_idx ON cases (unit, opened_at, id);
CREATE INDEX cases_state_opened_idx ON cases (state, opened_at, id);
CREATE INDEX cases_owed_idx ON cases ((CASE WHEN reported_at IS NULL AND due IS NOT NULL AND NOT (awaits_investigation AND state <> 'opened') THEN due ELSE 'infinity' END), id);
CREATE INDEX cases_unit_owed_idx ON cases (unit, (CASE WHEN reported_at IS NULL AND due IS NOT NULL AND NOT (awaits_investigation AND state <> 'opened') THEN due ELSE 'infinity' END), id);
CREATE INDEX cases_state_owed_idx ON cases (state, (CASE WHEN reported_at IS NULL AND due IS NOT NULL AND NOT (awaits_investigation AND state <> 'opened') THEN due ELSE 'infinity' END), id);

-- What waits for somebody is little of all: an index of those alone costs next to nothing.
CREATE INDEX cases_review_idx ON cases (coalesce(review_due, 'infinity'), id) WHERE state = 'reported';
CREATE INDEX cases_closing_idx ON cases (coalesce(closing_due, 'infinity'), id) WHERE state = 'reviewed';
CREATE INDEX cases_return_idx ON cases (coalesce(return_due, 'infinity'), id) WHERE return_asked IS NOT NULL;
CREATE INDEX cases_answer_idx ON cases (coalesce(answer_due, 'infinity'), id) WHERE extension_asked IS NOT NULL;
CREATE INDEX cases_reply_idx ON cases (coalesce(reply_due, 'infinity'), id) WHERE reply_due IS NOT NULL;
CREATE INDEX cases_replied_idx ON cases (id) WHERE replied_at IS NOT NULL;
CREATE INDEX cases_recheck_idx ON cases (coalesce(recheck_due, 'infinity'), id) WHERE recheck_due IS NOT NULL;
CREATE INDEX cases_draft_idx ON cases (draft, id) WHERE draft IS NOT NULL;
CREATE INDEX cases_disclosure_idx ON cases (coalesce(disclosure_due, 'infinity'), id)
  WHERE state = 'closed' AND disclosed_at IS NULL;
CREATE INDEX cases_bulletin_idx ON cases ((CASE WHEN reported_at IS NULL AND due IS NOT NULL AND NOT (awaits_investigation AND state <> 'opened') THEN due ELSE 'infinity' END), id)
  WHERE state = 'closed' AND disclosed_at IS NOT NULL AND assessed_in IS NULL;
CREATE INDEX cases_once_escalated_idx ON cases (opened_at, id) WHERE overdue OR idle OR false_closure;
CREATE INDEX cases_key_group_idx ON cases (key_group) WHERE key_group IS NOT NULL;
-- The office's own dates, but for those of escalations.
CREATE INDEX cases_office_idx ON cases (
  least(CASE WHEN state = 'opened' THEN due END, return_due, answer_due, review_due, closing_due,
        CASE WHEN state = 'closed' AND disclosed_at IS NULL THEN disclosure_due END)
);
CREATE INDEX escalations_undecided_idx ON escalations (case_id) WHERE outcome IS NULL;
CREATE INDEX escalations_verifier_idx ON escalations (verifier, case_id);
CREATE INDEX confidential_unit_idx ON confidential (unit, id);

-- As before, but a setting is read once in a query and not once a row, and what a group verifies is asked of groups only.
-- The look-ups stay row by row: PostgreSQL takes a hashed one for dear whenever it is repeated, and then reads all.
DROP POLICY reads ON cases;
CREATE POLICY reads ON cases FOR SELECT TO {reader} USING (
  (SELECT current_setting('bihuan.units', true)) = '*'
  OR unit = ANY ((SELECT string_to_array(current_setting('bihuan.units', true), ','))::text[])
  OR ((SELECT current_setting('bihuan.own', true)) <> '' AND (
    key_group = (SELECT current_setting('bihuan.own', true))
    OR EXISTS (
      SELECT FROM escalations AS e
      WHERE e.case_id = cases.id AND e.verifier = (SELECT current_setting('bihuan.own', true))
    )
  ))
);
DROP POLICY independent ON cases;
CREATE POLICY independent ON cases AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = cases.id
      AND c.unit = ANY ((SELECT string_to_array(current_setting('bihuan.interests', true), ','))::text[])
  )
);
DROP POLICY reads ON escalations;
CREATE POLICY reads ON escalations FOR SELECT TO {reader} USING (
  (SELECT current_setting('bihuan.units', true)) = '*'
  OR unit = ANY ((SELECT string_to_array(current_setting('bihuan.units', true), ','))::text[])
  OR verifier = (SELECT current_setting('bihuan.own', true))
);
DROP POLICY independent ON escalations;
CREATE POLICY independent ON escalations AS RESTRICTIVE FOR SELECT TO {reader} USING (
  NOT EXISTS (
    SELECT FROM confidential AS c WHERE c.id = escalations.case_id
      AND c.unit = ANY ((SELECT string_to_array(current_setting('bihuan.interests', true), ','))::text[])
  )
);

-- Words. Row security keeps the reader from every index of words on `cases`, so they stand in a table beside, which the
-- reader cannot read: `cases_with` names cases and `case_has` says yes or no, and the guarded rows are read by identifier.
-- `said` is what a case is about, `sent` is of its letter, both without width, case and brackets, as numbers are copied
-- with those at hand; `shared.platform.text.plain` does the same.
CREATE TABLE case_words (
  id      uuid PRIMARY KEY,
  said    text NOT NULL,
  sent    text,
  handler text
);
GRANT SELECT, INSERT, UPDATE ON case_words TO {writer};
CREATE FUNCTION pg_temp.words(VARIADIC texts text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT lower(translate(normalize(array_to_string(texts, ' '), NFKC), '()[]{}<>〔〕〖〗【】〈〉《》「」『』〘〙〚〛', ''))
$$;
INSERT INTO case_words
SELECT id, pg_temp.words(matter, enterprise, opened.data #>> '{matter,place}', opened.data #>> '{matter,external_no}'),
       CASE WHEN letter IS NOT NULL THEN pg_temp.words(letter, sent.data #>> '{letter,supervising,name}') END, handler
FROM cases
JOIN (
  SELECT originator_id, convert_from(state, 'UTF8')::jsonb -> 'data' AS data
  FROM stored_events WHERE topic = 'cases.CaseOpened'
) AS opened ON opened.originator_id = id
LEFT JOIN (
  SELECT DISTINCT ON (originator_id) originator_id, convert_from(state, 'UTF8')::jsonb -> 'data' AS data
  FROM stored_events WHERE topic = 'cases.CaseTransferred' ORDER BY originator_id, originator_version DESC
) AS sent ON sent.originator_id = id;

-- Every character and every two that stand together.
CREATE FUNCTION grams(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(gram), '{}'))
  FROM (
    SELECT CASE WHEN two THEN c || lead(c) OVER (PARTITION BY two ORDER BY n) ELSE c END AS gram
    FROM unnest(string_to_array(given, NULL)) WITH ORDINALITY AS t (c, n), (VALUES (false), (true)) AS v (two)
  ) AS found
  WHERE gram IS NOT NULL AND gram NOT LIKE '% %'
$$;
-- The schema is named, because an index is built without a search path.
CREATE FUNCTION words_of(said text, sent text, handler text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT public.grams(said || ' ' || coalesce(sent, ''))
    || array_to_tsvector(CASE WHEN handler IS NULL THEN '{}' ELSE ARRAY['@' || handler] END)
$$;
CREATE INDEX case_words_idx ON case_words USING gin (words_of(said, sent, handler));
-- Whether all words are there: each by its pattern, or by one of the people of that name (identifiers, with commas).
CREATE FUNCTION has_all(said text, sent text, handler text, patterns text[], people text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT said || ' ' || coalesce(sent, '') LIKE ALL (patterns) OR handler IS NOT NULL AND (
    SELECT bool_and(said || ' ' || coalesce(sent, '') LIKE w.pattern OR handler = ANY (string_to_array(w.ids, ',')))
    FROM unnest(patterns, people) AS w (pattern, ids)
  )
$$;
CREATE FUNCTION cases_with(wanted tsquery, patterns text[], people text[], most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 5000 SET search_path = public, pg_temp AS $$
  SELECT id FROM case_words
  WHERE words_of(said, sent, handler) @@ wanted AND has_all(said, sent, handler, patterns, people) LIMIT most
$$;
-- In plpgsql, which keeps the plan from row to row.
CREATE FUNCTION case_has(case_id uuid, patterns text[], people text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT has_all(w.said, w.sent, w.handler, patterns, people) FROM case_words AS w WHERE w.id = case_id);
END
$$;
REVOKE ALL ON FUNCTION cases_with(tsquery, text[], text[], integer), case_has(uuid, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_with(tsquery, text[], text[], integer), case_has(uuid, text[], text[]) TO {reader};
