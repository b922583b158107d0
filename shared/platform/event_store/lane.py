"""The command lane: commands run in groups, one after another, and each group is committed once.

Whatever is waiting becomes a group: its commands run against cached aggregates, and all they staged is written in one
transaction. So a busy service commits hundreds of commands at the price of one, and there is no conflict inside a
process. While PostgreSQL commits a group, the next is staged (its commands are run) on top of it. If the commit fails,
what was staged on top is dropped and staged again.

- A refused command fails alone: what it staged is dropped, the aggregates it touched are rebuilt.
- A conflict with another process (or a row the database refuses) makes the lane reload and run the group one by one.
- A lost connection makes it run the group again, unless PostgreSQL says that the commit went through
  (`pg_xact_status`); the idempotency keys, written in the same transaction, are the second line.
- When the database stays away longer than `patience`, or the thread is held up for so long, everybody waiting is told
  so (:class:`Unavailable`, see `waiting`); repeating a request with its key is then safe, whatever became of the first.
- A refusal may be due to the same request, answered by another process meanwhile: its key is looked up once more.
- A thread that ended would leave everybody waiting: what nobody expected there ends the process, which is then started
  again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
import psycopg
import structlog
from eventsourcing import persistence

from shared.platform.event_store import snapshots
from shared.platform.event_store.cache import AggregateCache
from shared.platform.event_store.group import Command, Group, Item, R
from shared.platform.event_store.group_writer import GroupWriter
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.snapshots import INTERVAL
from shared.platform.event_store.store import Store
from shared.platform.event_store.waiting import Unavailable, Waiting
from shared.platform.postgres import ANSWER_WITHIN, BlockingConnection, connect_blocking

__all__ = ["Command", "CommandLane", "Contended", "KeyReused", "Unavailable"]

LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.TransactionTimeout,  # psycopg counts it among internal errors
    persistence.OperationalError,
    persistence.InterfaceError,
)
OUR_TABLES = frozenset({"stored_events", "idempotency_keys"})
_LOOK = """
SELECT coalesce(head.id, 0), k.key, k.fingerprint, k.result
FROM (SELECT max(notification_id) AS id FROM stored_events) AS head
LEFT JOIN idempotency_keys AS k ON k.key = ANY(%b::text[])"""
DEFECT = 70
"""The exit code of a process whose lane ended: EX_SOFTWARE of sysexits.h."""
log = structlog.get_logger("lane")


class KeyReused(Exception):
    """An idempotency key came again with another request."""


class Contended(Exception):
    """Other processes kept changing the same streams. Repeat the request."""


def end_process() -> None:
    """End at once, whatever else is under way: requests are repeated with their keys, and a supervisor starts anew."""
    sys.stdout.flush()
    os._exit(DEFECT)


class CommandLane:
    """Start it on a running event loop with `start`, run commands with `await submit(…)`, drain it with `close`."""

    GROUP = 128
    GROUP_BYTES = 4 << 20
    QUEUE = 20_000

    def __init__(
        self,
        store: Store,
        dsn: str,
        reactions: Reactions,
        *,
        committed: Callable[[], None] = lambda: None,
        published: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = end_process,
        patience: float = 10.0,
        capacity: int = 5_000,
    ) -> None:
        """`committed` is called on the event loop after each commit, `published` after those that may have left
        something for the feeds; `ended` in the thread, should it end of a defect. `patience` is in seconds."""
        self._store = store
        self._dsn = dsn
        self._reactions = reactions
        self._committed = committed
        self._published = published
        self._ended = ended
        self._patience = patience
        self._cache = AggregateCache(store, self._read, capacity)
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._writer = GroupWriter(store, dsn, patience)
        self._reading: BlockingConnection | None = None
        self._waiting = Waiting(patience)
        self._last_seen = 0
        self._away_since: float | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="command-lane", daemon=True)

    def start(self) -> None:
        """Start the thread; results are delivered on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def submit(
        self, command: Command[R], *, key: str | None = None, fingerprint: bytes = b"", streams: Sequence[UUID] = ()
    ) -> asyncio.Future[R]:
        """Queue `command` at once, in calling order; the future resolves once it is committed.

        With a `key`, the result (plain JSON) is stored: the same key and fingerprint answer with it, without running
        the command again. `streams` announces which ones it will look at: those of a group are read together, any
        other when the command asks for it. The future raises what the command raised; KeyReused; Contended;
        Unavailable.
        """
        future: asyncio.Future[R] = self._loop.create_future()
        if self._closing:
            future.set_exception(Unavailable("the service is closing"))
        elif self._queue.qsize() > self.QUEUE:
            future.set_exception(Unavailable("too many commands are waiting"))
        else:
            item = Item(command, key, fingerprint, future, streams)
            self._waiting.add(item)
            self._queue.put(item)
        return future

    async def close(self) -> None:
        """Take nothing more, finish what is waiting, and stop the thread."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._waiting.close()

    @property
    def backend(self) -> int | None:
        """The process of PostgreSQL that serves the writing connection, by which its notifications are known."""
        return self._writer.backend

    @property
    def stands_for(self) -> float:
        """For how many seconds a command has waited, or was told in vain, while none succeeded; 0 while all is well."""
        return self._waiting.stands_for

    # --- the thread ---

    def _run(self) -> None:
        try:
            self._work()
        except BaseException:
            log.critical("the command lane ended, and the process with it", exc_info=True)
            self._ended()

    def _work(self) -> None:
        flying: Group | None = None
        while (items := self._take(wait=flying is None)) is not None:
            if items:
                flying = self._fly(items, flying)
            elif flying is not None:
                self._land(flying, above=None)
                flying = None
        if flying is not None:
            self._land(flying, above=None)
        self._writer.disconnect()
        self._stop_reading()

    def _take(self, *, wait: bool) -> list[Item] | None:
        """What is waiting, at most a group; None when the lane closes."""
        items: list[Item] = []
        with contextlib.suppress(queue.Empty):
            while len(items) < self.GROUP:
                item = self._queue.get(block=wait and not items)
                if item is None:
                    if not items:
                        return None
                    self._queue.put(None)  # closing: finish these first
                    break
                if not item.given_up:
                    items.append(item)
        return items

    def _fly(self, items: list[Item], flying: Group | None) -> Group | None:
        """Stage the items on top of the group being committed, and send them once that has landed.

        Returns the group that is being committed afterwards; None if everything had to be settled at once.
        """
        group: Group | None = None
        try:
            group = self._stage(items, below=flying)
            self._step(self._writer.prepare, group)
        except LOST as error:
            self._cache.clear()  # the database may come back as it was some time ago
            log.warning("staging interrupted", error=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 – met while reading; settling meets it again and knows what to do
            log.warning("staging interrupted", error=f"{type(error).__name__}: {error}")
        stands = flying is None or self._land(flying, above=group)
        if group is None or not stands:
            self._settle(items)
            return None
        self._step(self._writer.send, group)
        rest = items[len(group.items) :]
        return self._fly(rest, group) if rest else group

    def _land(self, flying: Group, above: Group | None) -> bool:
        """Wait for a commit. If it failed, drop what was staged above it, settle it, and return False."""
        self._step(self._writer.receive, flying)
        if flying.error is None:
            self._note(flying)
            self._deliver(flying.items, published=bool(flying.work.publications))
            return True
        if above is not None:
            self._forget(above)
        self._settle(flying.items, failed=flying)
        return False

    @staticmethod
    def _step(step: Callable[[Group], None], group: Group) -> None:
        """Take a group one step further, unless it has failed already."""
        if group.error is None:
            try:
                step(group)
            except Exception as error:  # noqa: BLE001 – landing settles the group another way
                group.error = error

    def _settle(self, items: list[Item], failed: Group | None = None) -> None:
        """Commit the items waiting for each group; `failed` is their group, whose commit did not succeed."""
        while items:
            done = self._commit_some(items, failed)
            self._deliver(items[:done])
            items, failed = items[done:], None

    def _commit_some(self, items: list[Item], group: Group | None = None) -> int:
        """Commit the first items; how many of them now have their outcome."""
        pause, attempts = 0.05, 0
        while True:
            tried_here = group is None
            try:
                if group is None:
                    group = self._stage(items, below=None)
                    self._writer.prepare(group)
                    self._writer.send(group)
                    self._writer.receive(group)
                elif group.error is not None:
                    raise group.error
            except LOST as error:
                self._stop_reading()
                self._cache.clear()  # the database may come back as it was some time ago
                self._away_since = self._away_since or time.monotonic()
                deadline = self._away_since + self._patience
                took_place = group is not None and self._writer.went_through(group.work, deadline)
                if group is not None and took_place:
                    self._away_since = None
                    self._cache.distrust()
                    return len(group.items)
                self._forget(group)
                group = None
                late = time.monotonic() > deadline and (tried_here or took_place is None)
                if late or all(item.given_up for item in items):
                    log.error("database unavailable", error=str(error), waiting=len(items))
                    return _fail(items, Unavailable("the database does not answer"))
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            except Exception as error:  # noqa: BLE001 – the thread must outlive it, and whoever caused it be told
                self._forget(group)
                stuck = group.items if group is not None else items[:1]
                group = None
                if len(stuck) > 1:
                    for item in stuck:
                        self._commit_some([item])
                    return len(stuck)
                conflict = _is_conflict(error)
                attempts += 1
                if not conflict or attempts == 5:
                    return _fail(stuck, Contended(str(error)) if conflict else error)
            else:
                self._note(group)
                return len(group.items)

    def _stage(self, items: list[Item], below: Group | None) -> Group:
        """Run the first items, as many as fit into a group, on top of `below`, which is being committed."""
        group = Group()
        self._cache.staged = (group.events,) if below is None else (below.events, group.events)
        try:
            keys = [item.key for item in items if item.key]
            known = self._look(keys, around=below is None) if keys or below is None else {}
            if below is not None:
                known |= below.keys
            self._cache.prefetch(stream for item in items for stream in item.streams)
            for item in items:
                self._attempt(item, group, known)
                if group.work.bytes > self.GROUP_BYTES:
                    break
            self._look_up_refused(group)
        except BaseException:
            self._forget(group)
            raise
        return group

    def _attempt(self, item: Item, group: Group, known: dict[str, tuple[bytes, bytes]]) -> None:
        if item.key in known:
            _answer(item, known[item.key])
            group.items.append(item)
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
            item.fail(error)
            self._cache.forget(session.touched)
            group.items.append(item)
            return
        self._cache.forget_unsaved(session.touched)
        if item.key is not None:
            session.work.keys.append((item.key, item.fingerprint, result))
            known[item.key] = group.keys[item.key] = (item.fingerprint, result)
        group.add(item, session)
        for touched in session.touched.values():
            aggregate = touched.aggregate
            if aggregate.version // INTERVAL > touched.version // INTERVAL:
                try:
                    group.snapshots.append(snapshots.take(aggregate))
                except (KeyError, TypeError) as error:  # only a cache
                    log.warning("snapshot not taken", stream=str(aggregate.id), error=str(error))

    def _look_up_refused(self, group: Group) -> None:
        """What refuses a command may be what it did itself, in another process, after its key was looked up."""
        refused = [item for item in group.items if item.failed and item.key]
        if refused:
            known = self._look([item.key for item in refused if item.key], around=False)
            for item in refused:
                if item.key in known:
                    _answer(item, known[item.key])

    def _note(self, group: Group) -> None:
        """A commit took place: notice whether another process appended in between (or a rolled-back insert left a
        gap, which is taken for the same)."""
        self._away_since = None
        if group.ids:
            if group.ids[0] != self._last_seen + 1:
                self._cache.distrust()
            self._last_seen = group.ids[-1]

    def _forget(self, group: Group | None) -> None:
        self._cache.staged = ()
        self._cache.distrust()
        if group is not None:
            self._cache.forget(group.touched)

    def _deliver(self, items: list[Item], *, published: bool = True) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody is waiting
            self._loop.call_soon_threadsafe(self._resolve, items, published)

    def _resolve(self, items: list[Item], published: bool) -> None:
        self._waiting.ended(items)
        self._committed()
        if published:
            self._published()
        for item in items:
            if not item.future.done():
                if item.failed:
                    item.future.set_exception(item.outcome)
                else:
                    item.future.set_result(item.outcome)

    # --- reading, on a connection of its own: the writer's is busy ---

    def _look(self, keys: list[str], *, around: bool) -> dict[str, tuple[bytes, bytes]]:
        """What is known of these idempotency keys; and, with `around`, whether another process has appended."""
        rows = self._read().execute(_LOOK, (keys,), prepare=True).fetchall()
        highest = rows[0][0]
        if around and highest != self._last_seen:
            self._cache.distrust()
            self._last_seen = highest
        return {key: (fingerprint, result) for _, key, fingerprint, result in rows if key is not None}

    def _read(self) -> BlockingConnection:
        if self._reading is None or self._reading.closed:
            within = max(self._patience, ANSWER_WITHIN)
            self._reading = connect_blocking(self._dsn, "lane-read", answer_within=within)
        return self._reading

    def _stop_reading(self) -> None:
        if self._reading is not None:
            with contextlib.suppress(psycopg.Error):
                self._reading.close()
        self._reading = None


def _is_conflict(error: Exception) -> bool:
    """Whether another process was faster; a read table's violated key is no conflict but a fault of the command."""
    return isinstance(error, psycopg.errors.UniqueViolation) and error.diag.table_name in OUR_TABLES


def _answer(item: Item, known: tuple[bytes, bytes]) -> None:
    """What is known of its key answers a command."""
    fingerprint, result = known
    item.failed = fingerprint != item.fingerprint
    item.outcome = KeyReused(str(item.key)) if item.failed else msgspec.json.decode(result)


def _fail(items: list[Item], error: BaseException) -> int:
    for item in items:
        item.fail(error)
    return len(items)
