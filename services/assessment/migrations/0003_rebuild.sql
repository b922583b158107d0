-- The owner, who builds the read tables anew and compares them (`bihuan rebuild`), sees and changes every row.

CREATE POLICY rebuilds ON case_facts TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON facts TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON filings TO CURRENT_USER USING (true) WITH CHECK (true);
