"""The domain clock as a row: one instant for all services, real or simulated.

`BIHUAN_CLOCK=row` makes every service read it; a simulation sets it. While it is running, time passes from the instant
at which it was set; while it stands, nothing moves. `BIHUAN_CLOCK=system` never looks here.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from psycopg_pool import ConnectionPool

_READ = """
SELECT CASE WHEN running THEN instant + (clock_timestamp() - set_at) ELSE instant END FROM clock"""


class RowClock:
    """Reads the row for every question: a simulation needs all services to agree at once. Tells the time of `zone`."""

    def __init__(self, dsn: str, zone: tzinfo) -> None:
        self._zone = zone
        self._pool = ConnectionPool(dsn, min_size=1, max_size=2, kwargs={"autocommit": True}, open=True)

    def now(self) -> datetime:
        """The instant, in the clock's zone."""
        with self._pool.connection() as connection:
            row = connection.execute(_READ, prepare=True).fetchone()
        if row is None:
            raise LookupError("the clock has no row: run the migrations of the access database")
        moment: datetime = row[0]
        return moment.astimezone(self._zone)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()
