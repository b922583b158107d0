"""*cases* decides: the case, its letters, its clocks, escalation. It owns the loop that everybody draws.

Rooms, imports pointing downward: `__main__` · `app` · `web` `consumers` `publishers` · `application` · `projections`
`queries` · `domain` · `config`; `templates/` and `migrations/` beside them. All four services are built like this.
"""
