"""*cases* decides: the case, its letters, its clocks, escalation. It owns the loop that everybody draws.

Rooms as in every service, imports pointing downward: `__main__` · `app` · `web` `consumers` `publishers` · `handlers` ·
`projections` `queries` · `rules` `domain` · `config`; `templates/`, `locale/` and `migrations/` beside them.

Rooms that only this service has: `documents` (papers, an Annex 5 letter as PDF/A), `letters` (from a case and a command
to the facts of such a letter), and `access` (who may sign in: the accounts of the staff, in a database of their own,
`access_migrations/`).
"""
