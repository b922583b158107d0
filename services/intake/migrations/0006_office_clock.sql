-- To whom it was raised last that a tip was not triaged in time: director | taskforce.

ALTER TABLE tips ADD COLUMN raised_to text;
