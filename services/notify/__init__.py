"""*notify* tells: reminders of what falls due, also by mail, and disclosures to the public.

Rooms as in every service, imports pointing downward: `__main__` · `app` · `web` `consumers` `publishers` · `handlers` ·
`projections` `queries` · `rules` `domain` · `config`; `templates/`, `locale/` and `migrations/` beside them.

One room is its own: `channels`, the ways out of a reminder.
"""
