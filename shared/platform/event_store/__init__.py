"""Event streams in PostgreSQL: canonical bytes, one writer lane, one unit of work.

The eventsourcing library keeps aggregates, mapper, repository and recorder; what is ours is how events become bytes
(:mod:`canonical`, :mod:`mapper`), how commands are grouped into one transaction (:mod:`lane`, :mod:`unit_of_work`,
:mod:`recorder`), and what is written beside the events in that transaction (:mod:`outbox`, :mod:`timers`,
:mod:`rows`).
"""
