"""What the handlers of one producer's events missed: before they were here, or in the version that they have now.

Each handler has a version; `handlers` says which one this service's database knows. When a new or a mended one reads
for the first time, everything up to the position of then is given to it once more, in order, before anything else of
this producer is taken in; to it alone, while the other handlers and the read tables have had their share (new read
rows of old events are `bihuan rebuild --swap`). It reads the bus from the beginning and moves a position of its own in
the transactions of the handlers, so a kill repeats nothing. A mended handler must know what its former version did.

What fails is put aside as any event is. Limit: the internal streams keep a month; where the beginning is gone, the log
says so, the metric stays above 0 and the events of now flow: have the stream filled again (docs/operating.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.lane import CommandLane, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import DeadLetter, PositionLost
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import CloudEvent
from shared.platform.messaging.handler import Delivery, Handler, Metrics, NotAll, apply

TOGETHER = 100
log = structlog.get_logger("missed")


class Missed:
    """The handlers of one producer that are behind. `look`, then `take` until it says that all are up to date."""

    def __init__(
        self, producer: str, handlers: Mapping[str, Handler], lane: CommandLane, pool: AsyncConnectionPool[Any],
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self.producer = producer
        self._handlers = {name: handler for name, handler in handlers.items() if handler.handle is not None}
        self._lane = lane
        self._pool = pool
        self._left = metrics.missed.labels(producer)
        self._behind: dict[str, int] = {}
        self._parked: set[int] = set()
        self._reached = 0
        self._early: dict[int, tuple[CloudEvent, Delivery]] = {}

    @property
    def _key(self) -> str:
        return f"{self.producer}/missed"

    async def look(self, position: int) -> bool:
        """Whether some handlers are behind. `position`: how far this service has taken in the producer's feed."""
        async with self._pool.connection() as connection, connection.transaction():
            query = "SELECT name, version, missed FROM handlers WHERE producer = %s"
            rows = await (await connection.execute(query, (self.producer,))).fetchall()
            known = {name: version for name, version, _ in rows}
            self._behind = {name: missed for name, _, missed in rows if missed and name in self._handlers}
            if not self._behind:  # else those first: the position in the history is theirs
                seen = position if rows else 0  # a service that has never kept versions has missed nothing
                for name, handler in self._handlers.items():
                    if handler.version > known.get(name, 0):  # an older process may be running still
                        await connection.execute(
                            """INSERT INTO handlers (producer, name, version, missed) VALUES (%s, %s, %s, %s)
                               ON CONFLICT (producer, name)
                               DO UPDATE SET version = excluded.version, missed = excluded.missed""",
                            (self.producer, name, handler.version, seen),
                        )
                        self._behind |= {name: seen} if seen else {}
            query = "SELECT sequence FROM consumer_positions WHERE producer = %s"
            row = await (await connection.execute(query, (self._key,))).fetchone()
            query = "SELECT sequence FROM dead_letters WHERE producer = %s AND replayed IS NULL"
            self._parked = {n for (n,) in await (await connection.execute(query, (self.producer,))).fetchall()}
        self._reached, self._early = row[0] if row else 0, {}
        self._tell()
        if self._behind:
            log.info("taking in what was missed", producer=self.producer, handlers=sorted(self._behind))
        return bool(self._behind)

    async def take(self, deliveries: Sequence[Delivery]) -> bool:
        """Take in what has come of the history; whether that was all. Raises what the lane raises when the database is
        away or another process takes in."""
        for delivery in deliveries:
            try:
                event = cloudevents.decode(delivery.body)
            except msgspec.MsgspecError:
                continue  # told when it came
            if event.number > self._reached:
                self._early[event.number] = (event, delivery)
        while self._reached < self._end and (ready := self._next()):
            await self._commit(ready)
        self._tell()
        if self._reached < self._end:
            return False
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("UPDATE handlers SET missed = 0 WHERE producer = %s", (self.producer,))
            done = "UPDATE consumer_positions SET sequence = 0 WHERE producer = %s"
            await connection.execute(done, (self._key,))
        self._behind = {}
        self._tell()
        return True

    def give_up(self) -> None:
        """Nothing more comes, and it was not all."""
        log.error(
            "the bus does not have what handlers missed: have its stream filled again, then restart",
            producer=self.producer, handlers=sorted(self._behind), after=self._reached, until=self._end,
        )  # fmt: skip

    @property
    def _end(self) -> int:
        return max(self._behind.values(), default=0)

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
                try:
                    await self._lane.submit(partial(self._apply, [event]))
                except (Unavailable, PositionLost):
                    raise
                except Exception as error:  # noqa: BLE001 – it is told
                    reason = f"{type(error).__name__}: {error}"
                    await self._lane.submit(partial(self._park, event, delivery, reason))
                self._reached = event.number
        self._reached = ready[-1][0].number

    def _apply(self, events: list[CloudEvent], session: Session) -> None:
        session.move_position(self._key, self._reached, events[-1].number, 0)
        for event in events:
            if event.number > self._behind.get(event.name, 0) or event.number in self._parked:
                continue
            if left := apply(self._handlers[event.name], event, self.producer, session, shown=False):
                raise NotAll(left)

    def _park(self, event: CloudEvent, delivery: Delivery, reason: str, session: Session) -> None:
        session.move_position(self._key, self._reached, event.number, 0)
        session.park(
            DeadLetter(self.producer, event.number, event.name, event.partitionkey, delivery.body, reason, missed=True)
        )
        log.error("missed event parked", producer=self.producer, sequence=event.number, reason=reason)
