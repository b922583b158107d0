"""*assessment* counts: inspections, commitments, returns, five batches, rankings and bulletins, all of it from facts.

Rooms as in every service, imports pointing downward: `__main__` · `app` · `web` `consumers` `publishers` ·
`handlers` · `projections` `queries` · `rules` `domain` · `config`; `templates/`, `locale/` and `migrations/` beside
them. Two rooms are its own: `counting` keeps the figures up to date behind the facts, `figures` reads them.

What counts is in `rules`: what became of a subject (`lives`), what counts of it (`measures`), how that moves figures
(`figures`), returns, bulletins and scores. What was signed or published is frozen in its event.
"""
