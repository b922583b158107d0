-- The owner, who builds the read tables anew and compares them (`bihuan rebuild`), sees and changes every row.

CREATE POLICY rebuilds ON disclosures TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON notices TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON reminders TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY rebuilds ON outgoing TO CURRENT_USER USING (true) WITH CHECK (true);
