"""*assessment* counts: what becomes of the cases of each county, from the events of *cases* alone.

Rooms as in every service: `__main__` · `app` · `web` `consumers` · `projections` `queries` · `config`; `templates/` and
`migrations/` beside them. It decides nothing of its own yet, so it has no `domain`, `application` or `publishers`.
"""
