"""The domain clock as a row: one instant for all services, real or simulated.

`BIHUAN_CLOCK=row` makes every service read it; a simulation sets it. While it is running, time passes from the instant
at which it was set; while it stands, nothing moves. `BIHUAN_CLOCK=system` never looks here.

Whoever asks waits, the event loop too. So a database that does not answer is waited for once, for a second; after that
everybody is told at once, until a thread has found it back.
"""

from __future__ import annotations

import threading
from datetime import datetime, tzinfo

import psycopg

from shared.platform.postgres import BlockingConnection, connect_blocking

ANSWER_WITHIN = 1.0
AGAIN_AFTER = 0.25
_READ = """
SELECT CASE WHEN running THEN instant + (clock_timestamp() - set_at) ELSE instant END FROM clock"""


class RowClock:
    """Reads the row for every question: a simulation needs all services to agree at once. Tells the time of `zone`."""

    def __init__(self, dsn: str, zone: tzinfo) -> None:
        self._dsn = dsn
        self._zone = zone
        self._turn = threading.Lock()
        self._connection: BlockingConnection | None = None
        self._here = threading.Event()
        self._closed = threading.Event()
        self._waited = False
        self._seek()

    def now(self) -> datetime:
        """The instant, in the clock's zone. Raises psycopg.OperationalError when the database does not answer."""
        with self._turn:
            moment = self._read()
        return moment.astimezone(self._zone)

    def _read(self) -> datetime:
        for _ in range(3):
            if (connection := self._found()) is None:
                break
            try:
                row = connection.execute(_READ, prepare=True).fetchone()
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self._connection = None
                connection.close()
                self._seek()
            else:
                if row is None:
                    raise LookupError("the clock has no row: run the migrations of the access database")
                moment: datetime = row[0]
                return moment
        raise psycopg.OperationalError("the database of the clock does not answer")

    def _found(self) -> BlockingConnection | None:
        """The connection; where it is being sought, the first who asks waits for it."""
        if not self._waited:
            self._waited = True
            self._here.wait(ANSWER_WITHIN)
        return self._connection

    def close(self) -> None:
        """Give the connection back."""
        self._closed.set()
        with self._turn:
            if self._connection is not None:
                self._connection.close()

    def _seek(self) -> None:
        """Have a thread connect, however long that takes."""
        self._waited = False
        self._here.clear()
        threading.Thread(target=self._connect, name="row-clock", daemon=True).start()

    def _connect(self) -> None:
        while not self._closed.is_set():
            try:
                self._connection = connect_blocking(self._dsn, "clock", answer_within=ANSWER_WITHIN)
            except psycopg.Error:
                self._closed.wait(AGAIN_AFTER)
            else:
                self._here.set()
                if self._closed.is_set():
                    self._connection.close()
                return
