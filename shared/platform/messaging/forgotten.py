"""What a service does about what it has told others and no longer knows, before its feeds begin anew.

The relay found on the bus what the database has forgotten. Before the new timeline begins, the service is asked once,
in its lane, what is to be kept of it: that a number was used, that a receipt was given out. What is left to a person is
listed in `taken_back` under the service's own name, in the same transaction. If the process ends between this and the
beginning of the timeline, the relay finds the same again, and is given what was listed already.

Limits: between the moment at which the database was put back and the one at which the relay sees it, the service works
on and may give again what it had given; the service is to find that and to list it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog
from psycopg_pool import AsyncConnectionPool

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import CloudEvent, Feed
from shared.platform.messaging.handler import TRY_AGAIN

EVERYTHING = UUID(int=0)
"""The stream of a row that concerns all that was forgotten."""
log = structlog.get_logger("relay")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What others were told and this database does not know, the oldest first, by feed; `number` is that of the
    timeline that is about to begin, `listed` what is in `taken_back` for it already: stream and kind."""

    producer: str
    number: int
    events: Mapping[Feed, Sequence[CloudEvent]]
    listed: frozenset[tuple[UUID, str]] = frozenset()

    @property
    def cause(self) -> str:
        """How events that follow from it name their cause."""
        return f"{self.producer}@{self.number}"

    def named(self, name: str, feed: Feed) -> Iterator[dict[str, Any]]:
        """The data of the events of this name."""
        for event in self.events.get(feed, ()):
            if event.name == name:
                yield msgspec.json.decode(event.data)


@dataclass(frozen=True, slots=True)
class Left:
    """What a person must look at: the stream, the stored name of what was forgotten in it or given again, why (a
    msgid), and of what this speaks."""

    stream: UUID
    kind: str
    reason: str
    about: str = ""


Remember = Callable[[Session, Forgotten], Iterable[Left]]
"""What a service does about it, in its lane; it may be asked again about the same."""
Submit = Callable[..., Awaitable[int]]
"""The lane's `submit`."""

BeforeTimeline = Callable[[int, Sequence[tuple[Feed, bytes]]], Awaitable[None]]
"""What a relay awaits before it begins a timeline: its number, and the messages of what was forgotten."""


async def nothing_before(_: int, __: Sequence[tuple[Feed, bytes]]) -> None:
    """Nothing is kept."""


class Remembering:
    """Asks one service. Raises TimeoutError, psycopg.Error while the database is away: to be asked again."""

    def __init__(self, service: str, submit: Submit, pool: AsyncConnectionPool[Any], remember: Remember) -> None:
        self._service = service
        self._submit = submit
        self._pool = pool
        self._remember = remember

    async def before(self, number: int, found: Sequence[tuple[Feed, bytes]]) -> None:
        """The timeline `number` is about to begin; `found` are the messages of what was forgotten."""
        query = "SELECT stream, kind FROM taken_back WHERE producer = %s AND number = %s"
        async with self._pool.connection() as connection:
            listed = await (await connection.execute(query, (self._service, number))).fetchall()
        events: dict[Feed, list[CloudEvent]] = {"public": [], "internal": []}
        for feed, body in found:
            events[feed].append(cloudevents.decode(body))
        forgotten = Forgotten(self._service, number, events, frozenset((stream, kind) for stream, kind in listed))
        try:
            left = await self._run(self._remember, forgotten)
        except TRY_AGAIN as error:
            raise TimeoutError(str(error)) from error
        except Exception as error:
            log.exception("what was forgotten is left to a person", number=number)
            failed = Left(EVERYTHING, f"{self._service}.Forgotten", f"{type(error).__name__}: {error}")
            left = await self._run(lambda _, __: [failed], forgotten)
        log.error("what was forgotten is seen to", number=number, for_a_person=left)

    async def _run(self, remember: Remember, forgotten: Forgotten) -> int:
        """With a key, so that something is written in any case: a lane that has not noticed yet that its database was
        put back still remembers what that has forgotten, and notices when it writes."""
        return await self._submit(partial(listed_by, remember, forgotten), key=f"timeline:{new_id()}")


def listed_by(remember: Remember, forgotten: Forgotten, session: Session) -> int:
    """How much is left to a person."""
    found: dict[tuple[UUID, str], Left] = {}
    for one in remember(session, forgotten):
        place = (one.stream, one.kind)
        before = found.get(place)
        about = one.about if before is None else f"{before.about}、{one.about}"
        found[place] = Left(one.stream, one.kind, one.reason, about)
    for place, one in found.items():
        if place not in forgotten.listed:
            session.write(
                insert(
                    "taken_back", key="id", id=new_id(), producer=forgotten.producer, number=forgotten.number,
                    stream=one.stream, kind=one.kind, reason=one.reason, about=one.about,
                )
            )  # fmt: skip
    return len(found)
