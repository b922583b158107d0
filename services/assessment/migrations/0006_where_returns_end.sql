-- Where each signed return ends, and the next one begins ({until, through, totals}): of a whole return the next one needs
-- no more, however many cases stand in its Annex 2.

ALTER TABLE filings ADD COLUMN ended jsonb;
UPDATE filings SET ended = last.ended FROM (
  SELECT DISTINCT ON (originator_id) originator_id, jsonb_build_object(
    'until', signed -> 'until', 'through', coalesce(signed -> 'through', '0'),
    'totals', (SELECT coalesce(jsonb_object_agg(line ->> 'measure', line -> 'total'), '{}')
               FROM jsonb_array_elements(signed -> 'figures') AS line)
  ) AS ended
  FROM (
    SELECT originator_id, originator_version, convert_from(state, 'UTF8')::jsonb #> '{data,signed}' AS signed
    FROM stored_events WHERE topic IN ('assessment.ReturnSubmitted', 'assessment.ReturnCorrected')
  ) AS told
  ORDER BY originator_id, originator_version DESC
) AS last WHERE filings.id = last.originator_id;
