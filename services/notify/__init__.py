"""*notify* tells: reminders of what falls due, and later disclosures, tipster notices and webhooks.

Rooms as in every service: `__main__` · `app` · `web` `consumers` · `application` · `projections` `queries` ·
`rules` `domain` · `config`; `templates/` and `migrations/` beside them. Nothing that it stores is published yet, so
it has no `publishers`. Two rooms are its own: `texts` (the sentences that are sent, kept apart from the rules that
decide when) and `channels` (the ways out: each reads the rows that are to go out, behind a position of its own).
"""
