"""Taking in one producer's events: in its order, each effect once, a bad event put aside.

The producer numbers its events without gaps. The inbox accepts only the next number: a lower one was taken in before
and is skipped; a higher one waits in memory until the missing ones arrive (redelivery and re-publication reorder), and
if they do not, the subscriber seeks again. What is more than LARGEST_BUFFER ahead is not kept but read again later.
Effects and the new position are one transaction of the command lane, so a kill at any point repeats nothing and skips
nothing. This stands in for an inbox table, acknowledgement order and NACK. Events that have come together are taken in
by one command; if it fails, or one of their cases is parked, by one command each.

A producer whose database was put back begins a new timeline (see `timelines`): what is of an abandoned one is passed
over, and where some of that was taken in already, the inbox turns back first (see `turning_back`).

An event whose handler fails becomes a dead letter and parks its case: later events of the same case follow it, so that
an operator can replay them in order; all other cases flow on. When the last one is replayed, the case flows again.
A handler of an event about many things may do what it can and say what is left: that much is committed, and the event
becomes a letter for the rest.

The rows say which cases are parked; what is kept here only spares asking. Only the process that takes in adds to them,
and any process may replay: so a case is parked at most where this one believes it, and there it looks before it parks
one more. A letter is replayed once, which its row decides. If one was put behind others that were just being replayed
elsewhere, it waits for nothing and is taken in at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import DeadLetter, PositionLost
from shared.platform.messaging import cloudevents, timelines
from shared.platform.messaging.cloudevents import CloudEvent
from shared.platform.messaging.handler import (
    BEHIND,
    LARGEST_BUFFER,
    TRY_AGAIN,
    Delivery,
    Handler,
    Metrics,
    NotAll,
    apply,
)
from shared.platform.messaging.missed import Missed
from shared.platform.messaging.timelines import Timelines
from shared.platform.messaging.turning_back import TakeBack, TurningBack

TOGETHER = 100
log = structlog.get_logger("inbox")


@dataclass(frozen=True, slots=True)
class Failure:
    """The parked event that failed again, and why."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the parked events of one case: those taken in now, the one that failed, how many stay parked."""

    replayed: list[int]
    failed: Failure | None
    left: int


class Inbox:
    """The position in one producer's feed, and the table of what this service does with each of its events."""

    def __init__(
        self,
        producer: str,
        handlers: Mapping[str, Handler],
        lane: CommandLane,
        pool: AsyncConnectionPool[Any],
        metrics: Metrics,
        take_back: TakeBack | None = None,
    ) -> None:
        self.producer = producer
        self.timelines = Timelines()
        self.missed = Missed(producer, handlers, lane, pool, metrics)
        self.sequence = 0
        self.stream_sequence = 0
        self.seen = 0
        self.interrupted = False
        self._handlers = handlers
        self._lane = lane
        self._pool = pool
        self._metrics = metrics
        self._early: dict[int, tuple[CloudEvent, Delivery]] = {}
        self._highest = 0
        self._parked: set[str] = set()
        self._turn = asyncio.Lock()
        self._turning_back = TurningBack(
            producer, lane, pool, take_back, shown=any(handler.show is not None for handler in handlers.values())
        )
        self._told = False

    async def load(self) -> None:
        """Read the stored position and the parked cases; forget what waited in memory."""
        async with self._pool.connection() as connection:
            # every move is held against this row: without one, the second event could pass over a first that failed
            first = "INSERT INTO consumer_positions VALUES (%s, 0, 0) ON CONFLICT (producer) DO NOTHING"
            await connection.execute(first, (self.producer,))
            query = "SELECT sequence, stream_sequence FROM consumer_positions WHERE producer = %s"
            row = await (await connection.execute(query, (self.producer,))).fetchone()
            self.sequence, self.stream_sequence = row or (0, 0)
            self.seen = self.stream_sequence
            query = "SELECT number, after FROM producer_timelines WHERE producer = %s"
            self.timelines = Timelines(await (await connection.execute(query, (self.producer,))).fetchall())
            query = "SELECT DISTINCT partitionkey FROM dead_letters WHERE producer = %s AND replayed IS NULL"
            rows = await (await connection.execute(query, (self.producer,))).fetchall()
        self._parked = {case for (case,) in rows}
        self._early, self._highest = {}, 0
        self.interrupted = False
        await self._look_at_parked(self._parked)

    async def was_moved(self) -> bool:
        """Whether the stored position is another than the one here: our own database was put back meanwhile."""
        async with self._pool.connection() as connection:
            query = "SELECT sequence FROM consumer_positions WHERE producer = %s"
            row = await (await connection.execute(query, (self.producer,), prepare=True)).fetchone()
        return row is None or row[0] != self.sequence

    @property
    def has_gap(self) -> bool:
        """Whether later events are here while the next one is not."""
        return self._highest > self.sequence

    @property
    def gap(self) -> tuple[int, int]:
        """The first and the last of the events that are missing before those that are here."""
        return self.sequence + 1, min(self._early, default=self._highest) - 1

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        """Take in what has come; returns when it is committed, or with `interrupted` set: then seek again.

        `seen` is then the last message of the stream that was looked at, whether it was taken in, skipped or foreign.
        """
        for delivery in deliveries:
            self.seen = max(self.seen, delivery.stream_sequence)
            try:
                event = cloudevents.decode(delivery.body)
            except msgspec.MsgspecError as error:
                if not await self._heard_of_a_timeline(delivery.body):
                    log.error("not one of our events", producer=self.producer, error=str(error))
                    self._metrics.foreign.labels(self.producer).inc()
                continue
            await self._follow(event.timeline, event.after)
            if self.interrupted:
                break
            if not self.timelines.hold(event.number, event.timeline):
                self._metrics.abandoned.labels(self.producer).inc()
                continue
            self._highest = max(self._highest, event.number)
            if self.sequence < event.number <= self.sequence + LARGEST_BUFFER:
                self._early[event.number] = (event, delivery)
        while not self.interrupted and (ready := self._next()):
            await self._commit(ready)
        self._metrics.position.labels(self.producer).set(self.sequence)

    async def _heard_of_a_timeline(self, body: bytes) -> bool:
        """Whether this is an announcement."""
        try:
            told = timelines.announced(body)
        except msgspec.MsgspecError:
            return False
        await self._follow(told.timeline, told.timelineafter)
        return True

    async def _follow(self, number: int, after: int) -> None:
        """Go over to a timeline that is new here: what was to come of the abandoned ones does not. Where some of it was
        taken in, that is taken back, and the stream is to be read again."""
        if number <= self.timelines.latest[0] or self.interrupted:
            return
        self._early = {place: told for place, told in self._early.items() if place <= after}
        self._highest = min(self._highest, after)
        try:
            if self.sequence > after:
                await self._turning_back.run(self.timelines, number, after, self.sequence)
                self.interrupted = True
            else:
                await self._turning_back.note(number, after, self.sequence)
                self.timelines = self.timelines.with_one(number, after)
        except (*TRY_AGAIN, psycopg.Error) as error:
            log.warning("turning back interrupted", producer=self.producer, timeline=number, error=str(error))
            self.interrupted = True

    def pass_over(self, stream_sequence: int) -> None:
        """That message of the stream is not the producer's."""
        if not self._told:
            self._told = True
            log.error("not the producer's own: passed over", producer=self.producer, message=stream_sequence)
        self.seen = max(self.seen, stream_sequence)
        self._metrics.forged.labels(self.producer).inc()

    def _next(self) -> list[tuple[CloudEvent, Delivery]]:
        ready: list[tuple[CloudEvent, Delivery]] = []
        while len(ready) < TOGETHER and (number := self.sequence + len(ready) + 1) in self._early:
            handler = self._handlers.get(self._early[number][0].name)
            alone = handler is not None and handler.alone
            if not (alone and ready):
                ready.append(self._early.pop(number))
            if alone:
                break
        return ready

    async def _commit(self, ready: list[tuple[CloudEvent, Delivery]]) -> None:
        parked = {event.partitionkey for event, _ in ready} & self._parked
        await self._look_at_parked(parked)
        if len(ready) == 1 or not await self._commit_together(ready):
            await self._commit_each(ready)
        await self._look_at_parked(parked & self._parked)

    async def _look_at_parked(self, cases: set[str]) -> None:
        """Which of the cases that were parked still are; one whose first letter only waits behind others flows."""
        if not cases:
            return
        query = """SELECT DISTINCT ON (partitionkey) partitionkey, reason FROM dead_letters
                   WHERE producer = %s AND partitionkey = ANY(%s) AND replayed IS NULL
                   ORDER BY partitionkey, sequence"""
        async with self._pool.connection() as connection:
            first = dict(await (await connection.execute(query, (self.producer, list(cases)))).fetchall())
        for case in cases - first.keys():
            self._parked.discard(case)
        for case, reason in first.items():
            if reason == BEHIND:
                await self.replay(case)

    async def _commit_together(self, ready: list[tuple[CloudEvent, Delivery]]) -> bool:
        """Whether the events are settled: taken in, or to be read again. False: nothing happened, take each alone."""
        if any(event.partitionkey in self._parked for event, _ in ready):
            return False
        try:
            await self._lane.submit(partial(self._apply_all, ready))
        except TRY_AGAIN as error:
            self._interrupt(ready[0][0], error)
        except Exception:  # noqa: BLE001 – one of them is bad: alone it fails again, and is told
            return False
        else:
            self._note(*ready[-1], len(ready))
        return True

    async def _commit_each(self, ready: list[tuple[CloudEvent, Delivery]]) -> None:
        outcomes = await asyncio.gather(
            *[self._lane.submit(partial(self._apply, event, delivery)) for event, delivery in ready],
            return_exceptions=True,
        )
        for (event, delivery), outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, TRY_AGAIN):
                reason = f"{type(outcome).__name__}: {outcome}"
                parking = self._lane.submit(partial(self._park, event, delivery, reason))
                (outcome,) = await asyncio.gather(parking, return_exceptions=True)
            if isinstance(outcome, BaseException):
                self._interrupt(event, outcome)
                return
            self._note(event, delivery, 1)

    def _interrupt(self, event: CloudEvent, reason: BaseException) -> None:
        log.warning("taking in interrupted", producer=self.producer, sequence=event.number, error=str(reason))
        self.interrupted = True

    def _note(self, last: CloudEvent, delivery: Delivery, count: int) -> None:
        self.sequence, self.stream_sequence = last.number, delivery.stream_sequence
        self._metrics.taken.labels(self.producer).inc(count)

    def _apply_all(self, ready: list[tuple[CloudEvent, Delivery]], session: Session) -> None:
        last, delivery = ready[-1]
        session.move_position(self.producer, ready[0][0].number - 1, last.number, delivery.stream_sequence)
        for event, _ in ready:
            handler = self._handlers.get(event.name)
            if handler is not None and apply(handler, event, self.producer, session):
                raise NotAll

    def _apply(self, event: CloudEvent, delivery: Delivery, session: Session) -> None:
        session.move_position(self.producer, event.number - 1, event.number, delivery.stream_sequence)
        handler = self._handlers.get(event.name)
        if handler is None:
            return
        if event.partitionkey in self._parked:
            self._park(event, delivery, BEHIND, session)
        elif left := apply(handler, event, self.producer, session):
            self._park(event, delivery, left, session)

    def _park(self, event: CloudEvent, delivery: Delivery, reason: str, session: Session) -> None:
        session.move_position(self.producer, event.number - 1, event.number, delivery.stream_sequence)
        session.park(DeadLetter(self.producer, event.number, event.name, event.partitionkey, delivery.body, reason))
        self._parked.add(event.partitionkey)  # if this is not committed, `load` follows
        self._metrics.parked.labels(self.producer).inc()
        log.error("event parked", producer=self.producer, sequence=event.number, name=event.name, reason=reason)

    # --- an operator's replay ---

    async def replay(self, case: str) -> Replay:
        """Take in the parked events of `case` in order, until one fails again; with none left, the case flows.

        Each is a transaction of its own. What of the case arrives meanwhile is parked behind them and taken in as well.
        Raises what the lane raises when the database is away: what was replayed so far stays replayed.
        """
        done: list[int] = []
        async with self._turn:
            while waiting := await self._letters(case):
                for place, (sequence, body, missed) in enumerate(waiting):
                    event = cloudevents.decode(body)
                    (outcome,) = await asyncio.gather(
                        self._lane.submit(partial(self._take_again, event, body, shown=not missed)),
                        return_exceptions=True,
                    )
                    if isinstance(outcome, TRY_AGAIN) and not isinstance(outcome, PositionLost):
                        raise outcome
                    left = outcome if isinstance(outcome, str) else None
                    if isinstance(outcome, Exception):
                        if sequence not in [one[0] for one in await self._letters(case)]:
                            break  # another process has just taken it in: see what is left
                        left = f"{type(outcome).__name__}: {outcome}"
                        await self._lane.submit(partial(self._failed_again, event, body, left))
                    if left is not None:
                        return Replay(done, Failure(sequence, left), len(waiting) - place)
                    done.append(sequence)
        return Replay(done, None, 0)

    async def _letters(self, case: str) -> list[tuple[int, bytes, bool]]:
        """The (sequence, body, missed) of the case's events that wait, in order."""
        query = """SELECT sequence, body, missed FROM dead_letters
                   WHERE producer = %s AND partitionkey = %s AND replayed IS NULL ORDER BY sequence"""
        async with self._pool.connection() as connection:
            return list(await (await connection.execute(query, (self.producer, case))).fetchall())

    def _take_again(self, event: CloudEvent, body: bytes, session: Session, *, shown: bool) -> str | None:
        handler = self._handlers.get(event.name)
        left = apply(handler, event, self.producer, session, shown=shown) if handler is not None else None
        if left is None:
            session.mark_replayed(self.producer, event.number)
        else:
            self._failed_again(event, body, left, session)
        return left

    def _failed_again(self, event: CloudEvent, body: bytes, reason: str, session: Session) -> None:
        session.park(DeadLetter(self.producer, event.number, event.name, event.partitionkey, body, reason))
        log.error("replay failed", producer=self.producer, sequence=event.number, reason=reason)
