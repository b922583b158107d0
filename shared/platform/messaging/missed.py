"""What the handlers of one producer's events missed: before they were here, or in the version that they have now.

Each handler has a version. `handler_eras` says from which position on this service took in with which handlers; whoever
begins to take in with others begins an era. So what a handler is owed are the eras in which it was not there, or only
in an earlier version: also those of a process of the former release that took its turn during an update, or of one to
which somebody went back for a while. It is given them in order, before anything else of this producer is taken in; to
it alone, while the other handlers and the read tables have had their share (new read rows of old events are
`bihuan rebuild --swap`). It reads the bus from the beginning, and each handler's progress is a position of its own that
moves in the transaction, so a kill repeats nothing. A mended handler must know what its former version did.

What fails is put aside, and what follows of its case behind it, as in the inbox. Limits: the internal streams keep a
month; where the beginning is gone, the log says so, the metric stays above 0 and the events of now flow: have the
stream filled again (docs/operating.md). The first release that keeps eras takes all handlers of then for up to date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import msgspec
import structlog
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.lane import CommandLane, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import DeadLetter, PositionLost
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import CloudEvent
from shared.platform.messaging.handler import BEHIND, LARGEST_BUFFER, Delivery, Handler, Metrics, NotAll, apply

TOGETHER = 100
BEGIN_ERA = """
INSERT INTO handler_eras (producer, first, handlers) VALUES (%s, %s, %s)
ON CONFLICT (producer, first) DO UPDATE SET handlers = excluded.handlers"""
Era = tuple[int, dict[str, int]]
"""The position after which it began, and the version of each handler."""
Range = tuple[int, int]
"""Events after the first number, up to the second."""
log = structlog.get_logger("missed")


class Missed:
    """The handlers of one producer that are owed something. `look`, then `take` until it says that this was all."""

    def __init__(
        self, producer: str, handlers: Mapping[str, Handler], lane: CommandLane, pool: AsyncConnectionPool[Any],
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self.producer = producer
        self._handlers = {name: handler for name, handler in handlers.items() if handler.handle is not None}
        self._lane = lane
        self._pool = pool
        self._left = metrics.missed.labels(producer)
        self._owed: dict[str, list[Range]] = {}
        self._upto: dict[str, int] = {}
        self._parked: set[int] = set()
        self._held: set[str] = set()
        self._reached = 0
        self._early: dict[int, tuple[CloudEvent, Delivery]] = {}

    async def look(self, position: int) -> bool:
        """Whether some handlers are owed something. `position`: how far this service has taken in the producer's feed;
        from there on it takes in with these handlers."""
        mine = {name: handler.version for name, handler in self._handlers.items()}
        async with self._pool.connection() as connection, connection.transaction():
            query = "SELECT first, handlers FROM handler_eras WHERE producer = %s ORDER BY first"
            eras: list[Era] = await (await connection.execute(query, (self.producer,))).fetchall()
            if not eras or eras[-1][1] != mine:
                first = position if eras else 0
                await connection.execute(BEGIN_ERA, (self.producer, first, Jsonb(mine)))
                eras = [*(era for era in eras if era[0] != first), (first, mine)]
            query = "SELECT producer, sequence FROM consumer_positions WHERE starts_with(producer, %s)"
            done = dict(await (await connection.execute(query, (f"{self.producer}/",))).fetchall())
            query = "SELECT sequence, partitionkey, missed FROM dead_letters WHERE producer = %s AND replayed IS NULL"
            letters = await (await connection.execute(query, (self.producer,))).fetchall()
        self._upto = {name: done.get(self._key(name), 0) for name in mine}
        self._owed = {name: ranges for name in mine if (ranges := self._ranges(name, eras))}
        self._parked = {sequence for sequence, _, _ in letters}
        self._held = {case for _, case, missed in letters if missed}
        self._reached = min((ranges[0][0] for ranges in self._owed.values()), default=0)
        self._early = {}
        self._tell()
        if self._owed:
            log.info("taking in what was missed", producer=self.producer, handlers=sorted(self._owed))
        return bool(self._owed)

    async def take(self, deliveries: Sequence[Delivery]) -> bool:
        """Take in what has come of the history; whether that was all. Raises what the lane raises when the database is
        away or another process takes in."""
        for delivery in deliveries:
            try:
                event = cloudevents.decode(delivery.body)
            except msgspec.MsgspecError:
                continue  # told when it came
            if self._reached < event.number <= min(self._end, self._reached + LARGEST_BUFFER):
                self._early[event.number] = (event, delivery)
        while self._reached < self._end and (ready := self._next()):
            await self._commit(ready)
        self._tell()
        return self._reached >= self._end

    def give_up(self) -> None:
        """Nothing more comes, and it was not all."""
        self._early = {}
        log.error(
            "the bus does not have what handlers missed: have its stream filled again, then restart",
            producer=self.producer, handlers=sorted(self._owed), after=self._reached, until=self._end,
        )  # fmt: skip

    def _ranges(self, name: str, eras: Sequence[Era]) -> list[Range]:
        version, upto = self._handlers[name].version, self._upto[name]
        without = [
            (max(first, upto), until)
            for (first, handlers), (until, _) in pairwise(eras)
            if handlers.get(name, 0) < version
        ]
        return [(after, until) for after, until in without if after < until]

    def _key(self, name: str) -> str:
        return f"{self.producer}/{name}/{self._handlers[name].version}"

    @property
    def _end(self) -> int:
        return max((ranges[-1][1] for ranges in self._owed.values()), default=0)

    def _tell(self) -> None:
        self._left.set(max(0, self._end - self._reached))

    def _next(self) -> list[tuple[CloudEvent, Delivery]]:
        ready: list[tuple[CloudEvent, Delivery]] = []
        while len(ready) < TOGETHER and (number := self._reached + len(ready) + 1) in self._early:
            ready.append(self._early.pop(number))
        return ready

    async def _commit(self, ready: list[tuple[CloudEvent, Delivery]]) -> None:
        try:
            await self._lane.submit(partial(self._apply, [event for event, _ in ready]))
        except (Unavailable, PositionLost):
            raise
        except Exception:  # noqa: BLE001 – one is bad (also: it makes what is there already): alone it is put aside
            for event, delivery in ready:
                await self._commit_alone(event, delivery)
        else:
            self._note(ready[-1][0].number)

    async def _commit_alone(self, event: CloudEvent, delivery: Delivery) -> None:
        try:
            await self._lane.submit(partial(self._apply, [event]))
        except (Unavailable, PositionLost):
            raise
        except Exception as error:  # noqa: BLE001 – it is told
            reason = BEHIND if isinstance(error, _Held) else f"{type(error).__name__}: {error}"
            await self._lane.submit(partial(self._park, event, delivery, reason))
            self._held.add(event.partitionkey)
        self._note(event.number)

    def _note(self, number: int) -> None:
        self._upto = {name: max(upto, number) for name, upto in self._upto.items()}
        self._reached = number

    def _is_owed(self, event: CloudEvent) -> bool:
        owed = any(after < event.number <= until for after, until in self._owed.get(event.name, ()))
        return owed and event.number > self._upto[event.name] and event.number not in self._parked

    def _apply(self, events: list[CloudEvent], session: Session) -> None:
        self._move(events[-1].number, session)
        for event in filter(self._is_owed, events):
            if event.partitionkey in self._held:
                raise _Held
            if left := apply(self._handlers[event.name], event, self.producer, session, shown=False):
                raise NotAll(left)

    def _move(self, number: int, session: Session) -> None:
        for name in self._owed:
            if self._upto[name] < number:
                session.move_position(self._key(name), self._upto[name], number, 0)

    def _park(self, event: CloudEvent, delivery: Delivery, reason: str, session: Session) -> None:
        self._move(event.number, session)
        session.park(
            DeadLetter(self.producer, event.number, event.name, event.partitionkey, delivery.body, reason, missed=True)
        )
        log.error("missed event parked", producer=self.producer, sequence=event.number, reason=reason)


class _Held(Exception):
    """An earlier event of this case was put aside."""
