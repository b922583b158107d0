"""Dead letters by HTTP: what a service could not take in, why, and the order to try again.

Mounted by every service. Only an administrator may look, because a letter's body is another service's internal event.
Replaying is by case: all its parked events in their order, through the handlers as they are now, until one fails again.
Timers that were parked after a day of failing are dead letters, too: each is tried once more by itself, at the next
poll, and parked again at once if it fails.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query
from psycopg.rows import dict_row
from typing_extensions import TypedDict

from shared.platform.event_store.timers import OPEN_AND_PARKED, RETRY
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.inbox import Inbox
from shared.platform.web import problems
from shared.platform.web.commands import told_as_problems
from shared.platform.web.parameters import COPIED, LAST, Code, Codes, Cursor, Position
from shared.platform.web.session import Viewer, require_role

Administrator = Annotated[Viewer, Depends(require_role("admin"))]
_COLUMNS = """'event' AS kind, producer, sequence, name, partitionkey AS "case", reason, parked, replayed"""
_LIST = f"""
SELECT {_COLUMNS} FROM dead_letters WHERE (%(all)s OR replayed IS NULL)
  AND (%(producer)s::text IS NULL OR (producer, sequence) > (%(producer)s, %(sequence)s::bigint))
ORDER BY producer, sequence LIMIT %(limit)s"""  # noqa: S608 – constants
_TIMERS = f"""
SELECT 'timer' AS kind, id AS timer, kind AS name, stream, due, attempts, error AS reason, parked FROM timers
WHERE {OPEN_AND_PARKED} AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid) ORDER BY id LIMIT %(limit)s"""  # noqa: S608
_ONE = f"SELECT {_COLUMNS}, body FROM dead_letters WHERE producer = %s AND sequence = %s"  # noqa: S608 – constants


class DeadLetter(TypedDict):
    """An event that could not be taken in, and why. Its place is `producer` and `sequence`."""

    kind: Literal["event"]
    producer: str
    sequence: int
    name: str
    case: str
    reason: str
    parked: datetime
    replayed: datetime | None


class DeadLetters(TypedDict):
    """Dead letters, and the `cursor` of the next page."""

    items: list[DeadLetter]
    next: str | None


class WholeLetter(DeadLetter):
    """A dead letter with its event as it came, a CloudEvent."""

    event: dict[str, Any]


class ParkedTimer(TypedDict):
    """A timer that failed for a day, and why."""

    kind: Literal["timer"]
    timer: UUID
    name: str
    stream: UUID
    due: datetime
    attempts: int
    reason: str | None
    parked: datetime


class ParkedTimers(TypedDict):
    """Parked timers, and the `cursor` of the next page."""

    items: list[ParkedTimer]
    next: UUID | None


class RetriedTimer(TypedDict):
    """The timer that is tried at the next poll."""

    timer: UUID
    stream: UUID


class FailedAgain(TypedDict):
    """The parked event that failed again, and why."""

    sequence: int
    reason: str


class Replayed(TypedDict):
    """What became of the parked events of one case; `left` stay parked."""

    producer: str
    case: str
    replayed: list[int]
    failed: FailedAgain | None
    left: int


def mount_dead_letters(app: FastAPI, engine: Engine) -> None:
    """Serve `/api/<service>/v1/dead-letters…`."""
    router = APIRouter(prefix=f"/api/{engine.settings.service}/v1/dead-letters", tags=["operations"])

    @router.get("", response_model=DeadLetters)
    async def listing(
        _: Administrator,
        all: Annotated[bool, Query(description="also those that were replayed")] = False,
        cursor: Codes | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Parked events by producer, in the producer's order. `next` is the `cursor` of the next page, or null."""
        producer, sequence = _position(cursor)
        values = {"all": all, "producer": producer, "sequence": sequence, "limit": limit}
        async with engine.own_pool.connection() as connection, connection.cursor(row_factory=dict_row) as rows:
            items = await (await rows.execute(_LIST, values)).fetchall()
        following = f"{items[-1]['producer']}/{items[-1]['sequence']}" if len(items) == limit else None
        return {"items": items, "next": following}

    @router.get("/timers", response_model=ParkedTimers)
    async def timers(
        _: Administrator,
        cursor: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Parked timers by identifier. `next` is the `cursor` of the next page, or null."""
        async with engine.own_pool.connection() as connection, connection.cursor(row_factory=dict_row) as rows:
            items = await (await rows.execute(_TIMERS, {"after": cursor, "limit": limit})).fetchall()
        return {"items": items, "next": items[-1]["timer"] if len(items) == limit else None}

    @router.post("/timers/{timer}/replay", response_model=RetriedTimer)
    async def retry(timer: UUID, _: Administrator) -> dict[str, Any]:
        """Try a parked timer once more, at the next poll. If it fails, it is in the list again."""
        async with engine.own_pool.connection() as connection:
            found = await (await connection.execute(RETRY, (timer,))).fetchone()
        if found is None:
            raise problems.NotFound("没有这个搁置的定时任务。请从列表中查找。")
        return {"timer": timer, "stream": found[0]}

    @router.get("/{producer}/{sequence}", response_model=WholeLetter)
    async def one(producer: Code, sequence: Position, _: Administrator) -> dict[str, Any]:
        """One parked event with its whole body."""
        return await _letter(engine, producer, sequence)

    @router.post("/{producer}/{sequence}/replay", response_model=Replayed)
    async def replay(producer: Code, sequence: Position, _: Administrator) -> dict[str, Any]:
        """Take in the parked events of this one's case, in order. `replayed` are their sequences.

        `failed` says which one failed again and why; it and those after it (`left`) stay parked.
        """
        letter = await _letter(engine, producer, sequence)
        if letter["replayed"] is not None:
            raise problems.Refused(
                "此事件已重放，不必再办。用 ?all=true 可查看全部记录。", rule="a_dead_letter_is_replayed_once"
            )
        async with told_as_problems():
            outcome = await _inbox(engine, producer).replay(letter["case"])
        return {"producer": producer, "case": letter["case"], **msgspec.to_builtins(outcome)}

    app.include_router(router)


def _position(cursor: str | None) -> tuple[str | None, int]:
    if cursor is None:
        return None, 0
    producer, _, sequence = cursor.partition("/")
    if not sequence.isdecimal() or (number := int(sequence)) > LAST:
        raise problems.Invalid.parameter("cursor", COPIED)
    return producer, number


async def _letter(engine: Engine, producer: str, sequence: int) -> dict[str, Any]:
    async with engine.own_pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        found = await (await cursor.execute(_ONE, (producer, sequence))).fetchone()
    if found is None:
        raise problems.NotFound("没有这个未能处理的事件。请核对来源和序号，或从列表中查找。")
    found["event"] = msgspec.json.decode(found.pop("body"))
    return found


def _inbox(engine: Engine, producer: str) -> Inbox:
    inbox = engine.inboxes.get(producer)
    if inbox is None:
        raise problems.Refused(
            "本服务已不再接收此来源的事件，不能重放。", rule="a_service_replays_what_it_still_takes_in"
        )
    return inbox
