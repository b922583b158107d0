"""*notify* tells: reminders of what falls due, and later disclosures, tipster notices and webhooks.

Rooms as in every service: `__main__` · `app` · `web` `consumers` · `application` · `projections` `queries` ·
`rules` `domain` · `config`; `templates/` and `migrations/` beside them. Nothing that it stores is published yet, so
it has no `publishers`. One room is its own: `channels`, the ways out, each of which reads the rows that are to go out
behind a position of its own.
"""
