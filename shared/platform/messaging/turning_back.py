"""Undoing what followed from a producer's events that are no more, because its database was put back.

The reader has met a new timeline that began before its position. What it did because of the abandoned events is found
in its own history: an event names its cause. Stream by stream, the newest first, the service is asked to take it back:
by an event that says so, or it says why a person must look at it. Both are listed in `taken_back`, each stream once, in
the transaction that does it, so a kill repeats nothing. Last, in one transaction, the position goes back to where the
new timeline begins and the timeline is noted; until then nothing else of this producer is taken in.

Read rows that show the producer's own contracts are put right by a rebuild (`bihuan reconcile`), which notes it in
`producer_timelines.rebuilt`. Letters of abandoned events that waited for an operator are dropped: nothing had followed
from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import TRY_AGAIN
from shared.platform.messaging.timelines import Timelines, reference

LOOKING_THROUGH = 900.0
"""Seconds; some three for a million events."""
NOBODY_KNOWS_HOW = "这项记录由已不存在的事件引起，本服务不能自动撤回：请人工核对"
_FOLLOWED = """
WITH caused AS (
  SELECT originator_id, max(notification_id) AS last FROM stored_events
  WHERE convert_from(state, 'UTF8')::jsonb->>'causation' = ANY(%(causes)s) GROUP BY 1
)
SELECT e.originator_id, array_agg(e.topic ORDER BY e.originator_version),
       array_agg(convert_from(e.state, 'UTF8')::jsonb->>'causation' = ANY(%(causes)s) ORDER BY e.originator_version),
       array_agg(convert_from(e.state, 'UTF8')::jsonb->'actor'->>'id' ORDER BY e.originator_version)
FROM caused JOIN stored_events AS e USING (originator_id)
WHERE NOT EXISTS (
  SELECT FROM taken_back AS t
  WHERE t.stream = e.originator_id AND t.producer = %(producer)s AND t.number = %(number)s
)
GROUP BY e.originator_id, caused.last ORDER BY caused.last DESC"""
_DROP_LETTERS = "DELETE FROM dead_letters WHERE producer = %s AND sequence > %s"


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream in which something followed from abandoned events: of each of its events, in order, the stored name,
    whether it did, and who acted."""

    stream: UUID
    events: tuple[str, ...]
    abandoned: tuple[bool, ...]
    actors: tuple[str, ...]

    @property
    def began_so(self) -> bool:
        """Whether there would be no such stream without them."""
        return self.abandoned[0]

    @property
    def last_abandoned(self) -> str:
        """The name of the latest event that would not be there."""
        return next(name for name, gone in zip(self.events[::-1], self.abandoned[::-1], strict=True) if gone)

    @property
    def only_by_rule(self) -> bool:
        """Whether nobody has acted in it."""
        return all(actor.startswith("system:") for actor in self.actors)


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Why something is taken back: the producer, the timeline that lasts and its reference as a cause."""

    producer: str
    number: int
    after: int

    @property
    def cause(self) -> str:
        """How events that take back name their cause."""
        return f"{self.producer}@{self.number}"


TakeBack = Callable[[Session, Followed, Abandoned], str | None]
"""What a service does about one stream: None when an event takes it back, else why a person must look at it."""
log = structlog.get_logger("inbox")


class TurningBack:
    """From one producer's abandoned events; `shown`: read rows show some of them. Raises what the lane and the pool
    raise when the database is away."""

    def __init__(
        self, producer: str, lane: CommandLane, pool: AsyncConnectionPool[Any], take_back: TakeBack | None, shown: bool
    ) -> None:  # fmt: skip
        self._producer = producer
        self._lane = lane
        self._pool = pool
        self._take_back = take_back
        self._shown = shown

    async def note(self, number: int, after: int, position: int) -> None:
        """The new timeline begins where nothing has been taken in yet."""
        await self._lane.submit(partial(self._note, Abandoned(self._producer, number, after), position))

    async def run(self, known: Timelines, number: int, after: int, position: int) -> None:
        """Take back what followed from the events after `after` up to `position` of the timelines `known` until now."""
        why = Abandoned(self._producer, number, after)
        causes = [reference(self._producer, n, known.of(n)[0]) for n in range(after + 1, position + 1)]
        parameters = {"causes": causes, "producer": self._producer, "number": number}
        rows = await self._followed(parameters)
        log.error(
            "a producer's database was put back: taking back what followed from what it forgot",
            producer=self._producer, timeline=number, after=after, position=position, streams=len(rows),
        )  # fmt: skip
        left = 0
        for id_, events, abandoned, actors in rows:
            followed = Followed(id_, tuple(events), tuple(map(bool, abandoned)), tuple(actor or "" for actor in actors))
            left += await self._one(followed, why)
        async with self._pool.connection() as connection:
            await connection.execute(_DROP_LETTERS, (self._producer, after))
        await self._lane.submit(partial(self._note, why, position))
        log.error("turned back", producer=self._producer, taken_back=len(rows) - left, for_a_person=left)

    async def _followed(self, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The whole history is looked through, however long that takes."""
        async with self._pool.connection() as connection, connection.transaction():
            usual, connection.answer_within = connection.answer_within, LOOKING_THROUGH
            try:
                await connection.execute(f"SET LOCAL statement_timeout = {LOOKING_THROUGH * 1000:.0f}")
                found: list[tuple[Any, ...]] = await (await connection.execute(_FOLLOWED, parameters)).fetchall()
                return found
            finally:
                connection.answer_within = usual

    async def _one(self, followed: Followed, why: Abandoned) -> bool:
        """Whether it is left to a person."""
        try:
            return await self._lane.submit(partial(self._take, followed, why, None))
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001 – it is told, and must not keep the others
            return await self._lane.submit(partial(self._take, followed, why, f"{type(error).__name__}: {error}"))

    def _take(self, followed: Followed, why: Abandoned, failed: str | None, session: Session) -> bool:
        reason = failed
        if reason is None:
            reason = self._take_back(session, followed, why) if self._take_back else NOBODY_KNOWS_HOW
        session.write(
            insert(
                "taken_back", key="id", id=new_id(), producer=why.producer, number=why.number, stream=followed.stream,
                kind=followed.events[0], reason=reason,
            )
        )  # fmt: skip
        return reason is not None

    def _note(self, why: Abandoned, position: int, session: Session) -> None:
        right = position <= why.after or not self._shown
        session.write(
            insert(
                "producer_timelines", key="number", producer=why.producer, number=why.number, after=why.after,
                position=position, rebuilt=datetime.now(UTC) if right else None,
            )
        )  # fmt: skip
        if position > why.after:
            session.move_position(why.producer, position, why.after, 0)
