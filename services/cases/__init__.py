"""*cases* decides: the case, its letters, its clocks, escalation. It owns the loop that everybody draws.

Rooms, imports pointing downward: `__main__` · `app` · `web` `consumers` `publishers` · `handlers` · `projections`
`queries` · `rules` `domain` · `config`; `templates/` and `migrations/` beside them. All four services are
built like this. Three rooms are its own: `documents` (papers, an Annex 5 letter as PDF/A), `letters` (from a case and a
command to the facts of such a letter), and `access` (who may sign in: the accounts of the staff, in a database of their
own, `access_migrations/`).
"""
