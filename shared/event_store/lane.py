"""The command lane: one writer thread per process that runs commands in groups and commits each group once.

Whatever is waiting when the thread is free becomes a group: its commands run one after another against cached
aggregates, and all they staged is written in one transaction. So a busy service commits hundreds of commands at the
price of one, and there is no conflict inside a process.

- A refused command fails alone: what it staged is dropped, the aggregates it touched are rebuilt.
- A conflict with another process (or a row the database refuses) makes the lane reload and run the group one by one.
- A lost connection makes it run the group again, unless PostgreSQL says that the commit went through
  (`pg_xact_status`); the idempotency keys, written in the same transaction, are the second line.
- When the database stays away longer than `patience`, everybody waiting is told so (:class:`Unavailable`), and so is
  who comes while it is away, after one attempt; repeating a request with its key is then safe, whatever became of the
  first.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
import structlog
from eventsourcing import persistence

from shared.event_store.cache import AggregateCache
from shared.event_store.rows import Tables
from shared.event_store.session import Reactions, Session
from shared.event_store.snapshots import INTERVAL, Snapshots
from shared.event_store.store import Store
from shared.event_store.unit_of_work import UnitOfWork

R = TypeVar("R")
Command = Callable[[Session], R]
LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,  # psycopg counts it among internal errors
    persistence.OperationalError,
    persistence.InterfaceError,
)
log = structlog.get_logger("lane")


class Unavailable(Exception):
    """The database does not answer, or the service is closing. Repeat with the same idempotency key."""


class KeyReused(Exception):
    """An idempotency key came again with another request."""


class Contended(Exception):
    """Other processes kept changing the same streams. Repeat the request."""


@dataclass(slots=True)
class _Item:
    command: Command[Any]
    key: str | None
    fingerprint: bytes
    future: asyncio.Future[Any]
    outcome: Any = None
    failed: bool = False


class _Group:
    """The commands that are committed together, and what they wrote."""

    def __init__(self) -> None:
        self.items: list[_Item] = []
        self.work = UnitOfWork()
        self.touched: dict[UUID, int] = {}


class CommandLane:
    """Start it on a running event loop with `start`, run commands with `await submit(…)`, drain it with `close`."""

    GROUP = 512
    GROUP_BYTES = 4 << 20
    QUEUE = 20_000

    def __init__(
        self,
        store: Store,
        dsn: str,
        reactions: Reactions,
        *,
        committed: Callable[[], None] = lambda: None,
        patience: float = 10.0,
        capacity: int = 5_000,
    ) -> None:
        """`committed` is called on the event loop after each commit; `patience` is in seconds."""
        self._store = store
        self._dsn = dsn
        self._reactions = reactions
        self._committed = committed
        self._patience = patience
        self._snapshots = Snapshots()
        self._cache = AggregateCache(store, self._snapshots, capacity)
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._connection: psycopg.Connection[Any] | None = None
        self._tables: Tables | None = None
        self._last_seen = 0
        self._away_since: float | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="command-lane", daemon=True)

    def start(self) -> None:
        """Start the writer thread; results are delivered on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def submit(self, command: Command[R], *, key: str | None = None, fingerprint: bytes = b"") -> asyncio.Future[R]:
        """Queue `command` at once, in calling order; the future resolves once it is committed.

        With a `key`, the result (plain JSON) is stored: the same key and fingerprint answer with it, without running
        the command again. The future raises what the command raised; KeyReused; Contended; Unavailable.
        """
        future: asyncio.Future[R] = self._loop.create_future()
        if self._closing:
            future.set_exception(Unavailable("the service is closing"))
        elif self._queue.qsize() > self.QUEUE:
            future.set_exception(Unavailable("too many commands are waiting"))
        else:
            self._queue.put(_Item(command, key, fingerprint, future))
        return future

    async def close(self) -> None:
        """Take nothing more, finish what is waiting, and stop the thread."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- the writer thread ---

    def _run(self) -> None:
        while (items := self._take()) is not None:
            self._settle(items)
        self._disconnect()

    def _take(self) -> list[_Item] | None:
        first = self._queue.get()
        if first is None:
            return None
        items = [first]
        with contextlib.suppress(queue.Empty):
            while len(items) < self.GROUP:
                item = self._queue.get_nowait()
                if item is None:
                    self._queue.put(None)  # closing: finish these first
                    break
                items.append(item)
        return items

    def _settle(self, items: list[_Item]) -> None:
        """Commit the items, in as few groups as their size allows, and deliver every outcome."""
        waiting = items
        while waiting:
            done = self._commit_some(waiting)
            self._deliver(waiting[:done])
            waiting = waiting[done:]

    def _commit_some(self, items: list[_Item]) -> int:
        """Commit the first items; how many of them now have their outcome."""
        pause, attempts = 0.05, 0
        while True:
            group = _Group()
            try:
                self._connect()
                self._stage(items, group)
                self._write(group)
            except LOST as error:
                self._away_since = self._away_since or time.monotonic()
                deadline = self._away_since + self._patience
                if self._went_through(group, deadline):
                    self._away_since = None
                    return len(group.items)
                self._forget(group)
                if time.monotonic() > deadline:
                    log.error("database unavailable", error=str(error), waiting=len(items))
                    return _fail(items, Unavailable("the database does not answer"))
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            except Exception as error:  # noqa: BLE001 – the thread must outlive it, and whoever caused it be told
                self._forget(group)
                if len(group.items) > 1:
                    for item in group.items:
                        self._commit_some([item])
                    return len(group.items)
                conflict = isinstance(error, psycopg.errors.UniqueViolation)
                attempts += 1
                if not conflict or attempts == 5:
                    return _fail(items[:1], Contended(str(error)) if conflict else error)
            else:
                self._away_since = None
                self._take_snapshots(group)
                return len(group.items)

    def _stage(self, items: list[_Item], group: _Group) -> None:
        self._look_around()
        known = self._recall([item.key for item in items if item.key])
        self._cache.staged = {}
        for item in items:
            self._attempt(item, group, known)
            group.items.append(item)
            if group.work.size() > self.GROUP_BYTES:
                break

    def _attempt(self, item: _Item, group: _Group, known: dict[str, tuple[bytes, bytes]]) -> None:
        if item.key in known:
            fingerprint, result = known[item.key]
            item.failed = fingerprint != item.fingerprint
            item.outcome = KeyReused(item.key) if item.failed else msgspec.json.decode(result)
            return
        session = Session(self._cache, self._reactions, self._store.mapper.to_stored_event)
        try:
            item.outcome = item.command(session)
            result = b"" if item.key is None else msgspec.json.encode(item.outcome)
            group.work.check_follows(session.work)
            item.failed = False
        except LOST:
            self._cache.forget(session.touched)
            raise
        except Exception as error:  # noqa: BLE001 – delivered to whoever asked; only its own command fails
            item.outcome, item.failed = error, True
            self._cache.forget(session.touched)
            return
        self._cache.forget_unsaved(session.touched)
        if item.key is not None:
            session.work.keys.append((item.key, item.fingerprint, result))
            known[item.key] = (item.fingerprint, result)
        for id_, events in session.events.items():
            self._cache.staged.setdefault(id_, []).extend(events)
        for id_, version in session.touched.items():
            group.touched.setdefault(id_, version)
        group.work.merge(session.work)

    def _write(self, group: _Group) -> None:
        if not group.work:
            return
        connection = self._connected()
        ids = self._store.recorder.write(connection, group.work, self._tables_of(connection))
        if ids:
            if ids[0] != self._last_seen + 1:
                self._cache.distrust()
            self._last_seen = ids[-1]
        self._cache.staged = {}

    def _look_around(self) -> None:
        row = self._connected().execute("SELECT max(notification_id) FROM stored_events").fetchone()
        highest = (row[0] if row else None) or 0
        if highest != self._last_seen:
            self._cache.distrust()
            self._last_seen = highest

    def _recall(self, keys: list[str]) -> dict[str, tuple[bytes, bytes]]:
        if not keys:
            return {}
        statement = "SELECT key, fingerprint, result FROM idempotency_keys WHERE key = ANY(%b::text[])"
        rows = self._connected().execute(statement, (keys,), prepare=True)
        return {key: (fingerprint, result) for key, fingerprint, result in rows}

    def _take_snapshots(self, group: _Group) -> None:
        for id_, before in group.touched.items():
            try:
                aggregate = self._cache.get(id_)
                if aggregate is not None and aggregate.version // INTERVAL > before // INTERVAL:
                    self._snapshots.save(aggregate)
            except Exception as error:  # noqa: BLE001 – only a cache, and the group is committed
                log.warning("snapshot not taken", stream=str(id_), error=str(error))

    def _went_through(self, group: _Group, deadline: float) -> bool:
        """Whether a commit whose answer was lost took place. PostgreSQL remembers the fate of recent transactions.

        A crash may have taken the transaction without a trace and given its identifier away again (then it is unknown,
        or another's), so the group's own rows are asked for as well.
        """
        self._disconnect()
        if group.work.transaction is None:
            return False
        while True:
            try:
                self._connect()
                query = "SELECT pg_xact_status(%s::text::xid8)"
                row = self._connected().execute(query, (group.work.transaction,)).fetchone()
                if row is not None and row[0] != "in progress":
                    self._cache.distrust()
                    return row[0] == "committed" and self._store.recorder.holds(self._connected(), group.work)
            except psycopg.errors.InvalidParameterValue:
                return False  # "in the future"
            except psycopg.Error as error:
                log.warning("asking for the fate of a commit", error=str(error))
                self._disconnect()
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)

    def _forget(self, group: _Group) -> None:
        self._cache.forget(group.touched)
        self._cache.staged = {}
        self._cache.distrust()

    def _deliver(self, items: Iterable[_Item]) -> None:
        batch = list(items)
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody is waiting
            self._loop.call_soon_threadsafe(self._resolve, batch)

    def _resolve(self, items: list[_Item]) -> None:
        self._committed()
        for item in items:
            if not item.future.done():
                if item.failed:
                    item.future.set_exception(item.outcome)
                else:
                    item.future.set_result(item.outcome)

    # --- the lane's own connection ---

    def _connect(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="lane", connect_timeout=5)
            # the transaction of a process that froze must not hold the lock, and all others up, for ever
            limit = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"
            self._connection.execute(limit, (f"{self._patience:.3f}s",))
            self._snapshots.connection = self._connection
            self._tables = None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        return self._connection

    def _tables_of(self, connection: psycopg.Connection[Any]) -> Tables:
        if self._tables is None:
            self._tables = Tables(connection)
        return self._tables

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
        self._connection = None
        self._snapshots.connection = None


def _fail(items: list[_Item], error: BaseException) -> int:
    for item in items:
        item.outcome, item.failed = error, True
    return len(items)
