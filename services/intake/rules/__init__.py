"""How a tip is read before a person reads it, and what may leave intake. Pure functions over the campaign's words.

`places` finds the unit, `keywords` what is alleged, `triage` decides whether that is certain enough to act without a
person, `redaction` keeps out of every outgoing text what could identify a tipster.
"""
