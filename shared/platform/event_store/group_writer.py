"""Writing groups to PostgreSQL over one connection, and finding out what became of a commit whose answer was lost."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import psycopg
import structlog

from shared.platform.event_store import snapshots
from shared.platform.event_store.group import Group
from shared.platform.event_store.recorder import statements_of
from shared.platform.event_store.store import Store
from shared.platform.event_store.unit_of_work import UnitOfWork
from shared.platform.postgres import ANSWER_WITHIN, connect_blocking

log = structlog.get_logger("lane")


class GroupWriter:
    """Holds the writing connection; used by one thread at a time. `patience` is in seconds."""

    def __init__(self, store: Store, dsn: str, patience: float) -> None:
        self._store = store
        self._dsn = dsn
        self._patience = patience
        self._connection: psycopg.Connection[Any] | None = None

    def prepare(self, group: Group) -> None:
        """Make what is to be sent. Raises whatever a row that cannot be written raises."""
        group.statements = statements_of(group.work)

    def send(self, group: Group) -> None:
        """Send what the group wrote; PostgreSQL goes on alone. Raises what GroupRecorder.write raises."""
        connection = self._connected()
        if group.work:
            group.answer = self._store.recorder.write(connection, group.work, group.statements)
            next(group.answer)

    def receive(self, group: Group) -> None:
        """Wait until the group that was sent is committed; sets its `ids`. Raises what GroupRecorder.write raises."""
        if group.answer is not None:
            group.ids = next(group.answer)
        for snapshot in group.snapshots:
            try:
                snapshots.save(self._connected(), snapshot)
            except psycopg.Error as error:  # only a cache, and the group is committed
                log.warning("snapshot not taken", stream=str(snapshot.stream), error=str(error))

    def went_through(self, work: UnitOfWork, deadline: float) -> bool | None:
        """Whether a commit whose answer was lost took place; None where that could not be learnt until `deadline`
        (monotonic seconds). PostgreSQL remembers the fate of recent transactions.

        A crash may have taken the transaction without a trace and given its identifier away again (then it is unknown,
        or another's), so the group's own rows are asked for as well.
        """
        self.disconnect()
        if work.transaction is None:
            return False
        while True:
            try:
                connection = self._connected()
                query = "SELECT pg_xact_status(%s::text::xid8)"
                row = connection.execute(query, (work.transaction,)).fetchone()
                if row is not None and row[0] != "in progress":
                    return row[0] == "committed" and self._store.recorder.holds(connection, work)
            except psycopg.errors.InvalidParameterValue:
                return False  # "in the future"
            except psycopg.Error as error:
                log.warning("asking for the fate of a commit", error=str(error))
                self.disconnect()
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)

    @property
    def backend(self) -> int | None:
        """The process of PostgreSQL at the other end; None while there is none."""
        connection = self._connection
        return None if connection is None or connection.closed else connection.info.backend_pid

    def disconnect(self) -> None:
        """Close the connection; the next use opens a new one."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            within = max(self._patience, ANSWER_WITHIN)
            self._connection = connect_blocking(self._dsn, "lane", answer_within=within)
            # the transaction of a process that froze must not hold the lock, and all others up, for ever; in a
            # pipeline PostgreSQL does not count it as idle
            limit = "SELECT set_config('transaction_timeout', %s, false)"
            self._connection.execute(limit, (f"{self._patience:.3f}s",))
        return self._connection
