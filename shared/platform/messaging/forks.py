"""Whether what the bus holds of a feed is what the database has, and where the two part.

They part where the database was put back to an earlier state: the bus then holds events that the database has forgotten
or, under the same numbers, has other ones. An event is the same where its id and the instant at which it was recorded
are (the rest of its bytes may follow from settings and versions). The last of ours in the stream tells; where it is not
the same, the stream is read backwards, message by message, to the last one that is: to the event right before the first
that is not, for what the reconciler has sent again stands behind later ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from psycopg import AsyncConnection

from shared.platform.messaging import cloudevents, feed
from shared.platform.messaging.cloudevents import CloudEvent, Feed
from shared.platform.messaging.timelines import Timelines

TOLD_EVERY = 5_000
RESTORED = "restored from a backup"
log = structlog.get_logger("relay")

IsOurs = Callable[[RawStreamMsg], bool]
"""Whether a message of the stream is one that this service sent."""
Message = tuple[int, int, bytes]
"""The timeline and the sequence of an event, and its message's body."""


@dataclass(slots=True)
class Tail:
    """What the bus holds of a feed. `same`: the last event that is the same on both sides, and `forgotten` those behind
    it of which the database knows nothing, the newest first; `timeline` is the highest that was seen."""

    same: int
    timeline: int
    forgotten: list[Message] = field(default_factory=list)

    @property
    def is_ahead(self) -> bool:
        """Whether the bus has what the database has not."""
        return bool(self.forgotten)


async def look(
    connection: AsyncConnection[Any], jetstream: JetStreamContext, stream: str, name: Feed, timelines: Timelines,
    last: RawStreamMsg, is_ours: IsOurs,
) -> Tail:  # fmt: skip
    """Compare from the `last` message of this feed in the stream backwards.

    Events of a timeline that was abandoned before are neither the same nor forgotten: what was to be noted of them is.
    """
    tail = Tail(same=0, timeline=timelines.latest[0])
    first_forgotten: int | None = None
    message: RawStreamMsg | None = last
    place = last.seq or 0
    while place > 0:
        event = _event(message) if message is not None and is_ours(message) else None
        if event is not None:
            tail.timeline = max(tail.timeline, event.timeline)
            if await _is_same(connection, name, timelines, event):
                tail.same = max(tail.same, event.number)
                if first_forgotten is None or first_forgotten == tail.same + 1:
                    return tail
            elif event.timeline >= timelines.of(event.number)[0]:
                body = (message.data or b"") if message is not None else b""
                tail.forgotten.append((event.timeline, event.number, body))
                first_forgotten = min(first_forgotten or event.number, event.number)
                if len(tail.forgotten) % TOLD_EVERY == 0:
                    log.warning("looking for where the bus and the database part", feed=name, at=event.number)
        place -= 1
        message = await _message(jetstream, stream, place)
    return tail


async def begin(
    connection: AsyncConnection[Any], number: int, after: Mapping[Feed, int], reason: str,
    tails: Mapping[Feed, Tail] | None = None,
) -> None:  # fmt: skip
    """Note that the feeds begin anew after these sequences, and what others were told and this database no longer
    knows."""
    forgotten = {
        (number, name, sequence, timeline): body.decode()
        for name, tail in (tails or {}).items()
        for timeline, sequence, body in tail.forgotten
    }
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO timelines (number, public_after, internal_after, reason) VALUES (%s, %s, %s, %s)",
            (number, after["public"], after["internal"], reason),
        )
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO abandoned_events (number, feed, sequence, timeline, body) VALUES (%s, %s, %s, %s, %s)",
                [(*place, body) for place, body in forgotten.items()],
            )


async def begin_after_restore(connection: AsyncConnection[Any]) -> int:
    """Begin a timeline in a database that was restored while nothing uses it; its number.

    What was told in the forgotten time is not known here, nor which timelines began in it, so the number is the minute
    (since 1970) of the restore: higher than any that was given by then.
    """
    begun = await feed.timelines_of(connection)
    rows = await (await connection.execute("SELECT feed, sequence FROM feed_heads")).fetchall()
    heads: dict[str, int] = dict(rows)
    number = max(begun["public"].latest[0] + 1, int(time.time() // 60))
    after: dict[Feed, int] = {"public": heads.get("public", 0), "internal": heads.get("internal", 0)}
    await begin(connection, number, after, RESTORED)
    return number


async def _message(jetstream: JetStreamContext, stream: str, place: int) -> RawStreamMsg | None:
    if place <= 0:
        return None
    try:
        return await jetstream.get_msg(stream, seq=place)
    except NotFoundError:  # it was deleted, or is too old
        return None


def _event(message: RawStreamMsg) -> CloudEvent | None:
    try:
        return cloudevents.decode(message.data or b"")
    except msgspec.MsgspecError:
        return None


async def _is_same(connection: AsyncConnection[Any], name: Feed, timelines: Timelines, event: CloudEvent) -> bool:
    if not timelines.hold(event.number, event.timeline):
        return False
    rows = await feed.read(connection, name, after=event.number - 1, limit=1)
    return bool(
        rows
        and rows[0].sequence == event.number
        and cloudevents.id_of(rows[0], event.timeline) == event.id
        and rows[0].recorded == event.recordedtime
    )
