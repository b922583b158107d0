"""*assessment* counts: inspections, commitments, returns, five batches, rankings and bulletins, all of it from facts.

Rooms as in every service, imports pointing downward: `__main__` · `app` · `web` `publishers` · `handlers` ·
`projections` `queries` · `rules` `domain` · `config`; `templates/`, `locale/` and `migrations/` beside them. What
others tell changes read tables alone, so there is no room for consumers; no other room is its own.

A figure is never stored: `rules` folds the facts of the campaign (`lives`), counts (`measures`) and scores (`scores`)
whenever it is asked for; what was signed or published is frozen in its event.
"""
