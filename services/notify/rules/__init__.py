"""One pure function per rule: when somebody is reminded, what a closed case's draft says, what could identify somebody.

`reminding` · `drafting` · `redaction`.
"""
