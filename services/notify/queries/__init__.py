"""What *notify* answers to questions: SELECT → frozen dataclass.

`reminders` and `disclosures` name the viewer's units in their transaction, and the reader's role sees only rows of
those (row-level security); `board` is what everybody may read.
"""
