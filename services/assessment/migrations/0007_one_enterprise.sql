-- Which enterprises the closings of a case name, as counting tells them apart (services/assessment/rules/enterprises):
-- all cases of one enterprise are one 家, so that its figures are found from all of them.

CREATE TABLE enterprise_cases (
  enterprise text NOT NULL,
  subject    text NOT NULL,
  PRIMARY KEY (enterprise, subject)
);
CREATE INDEX enterprise_cases_subject_idx ON enterprise_cases (subject);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON enterprise_cases TO {writer};
