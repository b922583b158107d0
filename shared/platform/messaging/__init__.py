"""From one service's database to the bus, and from the bus into another's: in order, exactly once in effect.

PostgreSQL is the truth; JetStream is a log that can be rebuilt from it. A producer numbers its events contiguously
(:mod:`feed`), the relay copies them (:mod:`relay`), a consumer accepts only the next number and stores its position in
the transaction of the effects (:mod:`inbox`, :mod:`subscriber`).
"""
