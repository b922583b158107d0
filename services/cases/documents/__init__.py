"""Decides how the campaign's papers read and look: so far the 交办（移送）书 of Annex 5 and the 函 made from it.

Words are chosen in `letter`, typography in `templates/`, and each paper is typeset by a short-lived child process
(`render` starts it, `__main__` is it); what its fonts can print, `glyphs` knows beforehand. Nothing here knows a city,
a bureau or a campaign: all that is printed comes in with the facts. What a letter must say by law or rule (dates,
numbers, addressees) is decided by the service that issues it.
"""
