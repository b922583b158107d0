"""What *notify* answers to questions: SELECT → frozen dataclass.

`reminders` and `disclosures` show a viewer's rows; `board` is what everybody may read.
"""
