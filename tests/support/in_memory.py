"""A whole service without a database: its commands, reactions, timers and read tables, over memory.

Every command reads its aggregates from stored bytes, as after a restart, and leaves bytes; what the lane would write
beside them (read rows, publications, timers) is kept too. Time is a clock that the test sets. Memory stands in for
PostgreSQL because nothing here depends on how it stores: the lane and the recorder have tests of their own.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from eventsourcing.persistence import StoredEvent

from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from shared.kernel.contracts import SERVICES, internal_contracts
from shared.platform.event_store import canonical
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.unit_of_work import Publication, Timer
from shared.platform.messaging.cloudevents import CloudEvent, Feed
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.forgotten import Forgotten, Remember, listed_by
from shared.platform.messaging.handler import Received
from shared.platform.messaging.turning_back import Abandoned, Followed, TakeBack
from shared.platform.service.command import Context, Resource, Told
from shared.platform.service.consumer import consuming
from shared.platform.service.projector import Projector
from shared.platform.service.publisher import Publisher
from tests.support.clocks import FixedClock

R = TypeVar("R")
SHANGHAI = ZoneInfo("Asia/Shanghai")
CAMPAIGN = load(DEFAULT_CAMPAIGN)
MAPPER = EventMapper(CanonicalTranscoder())


def at(text: str) -> datetime:
    """An instant in Shanghai, written as `2022-01-21 17:31`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Memory:
    """What the lane's cache is to a session: aggregates, here read from bytes anew for every command."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[StoredEvent]] = {}
        self._live: dict[UUID, Any] = {}

    def get(self, id_: UUID) -> Any:
        if id_ not in self._live and id_ in self.streams:
            for stored in self.streams[id_]:
                self._live[id_] = MAPPER.to_domain_event(stored).mutate(self._live.get(id_))
        return self._live.get(id_)

    def prefetch(self, ids: Iterable[UUID]) -> None:
        """Nothing is far from here."""

    def put(self, aggregate: Any) -> None:
        self._live[aggregate.id] = aggregate

    def forget(self) -> None:
        self._live.clear()


@dataclass(frozen=True, slots=True)
class Copy:
    """A database at one moment; `told` is how much had been published."""

    streams: dict[UUID, list[StoredEvent]]
    timers: dict[UUID, Timer]
    tables: dict[str, dict[Any, dict[str, Any]]]
    told: int


class InMemory:
    """One installation of a service. `tables` are its read tables, by name and key; `handlers` makes its table of
    reactions to other services' events, over this clock."""

    def __init__(
        self,
        now: datetime,
        setting: Any,
        projector: Projector,
        publisher: Publisher,
        timers_of: Callable[[Any], Any] = lambda _: {},
        handlers: Callable[[InMemory], Handlers] = lambda _: {},
    ) -> None:
        self.clock = FixedClock(now)
        self.setting = setting
        self.tables: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        self.published: list[Publication] = []
        self.timers: dict[UUID, Timer] = {}
        self.memory = Memory()
        self.answer_timer: Callable[[Session, Timer, datetime], None] | None = None
        told = {producer: internal_contracts(producer) for producer in SERVICES}
        self.handlers = consuming(handlers(self), projector, told)
        self._reactions = Reactions(projector.project, publisher.publish, timers_of)
        self._heard = 0

    # --- given and when ---

    def order(
        self, resource: Resource, command: str, by: Actor, *, seen: int | None = None,
        address: dict[str, str] | None = None, **fields: Any,
    ) -> Told:  # fmt: skip
        """Somebody gives a command now. Raises its refusal."""
        row, prepared = resource.commands[command], None
        body = row.body.model_validate(fields)
        if row.prepare is not None:
            prepared = asyncio.run(_awaited(row.prepare(self.setting, address or {}, body, by)))
        told: Told = self.run(
            lambda session: resource.run(
                command, Context(self.setting, session, self.envelope(by), address or {}, prepared), body, seen
            )
        )
        return told

    def hear(self, producer: str, event: Any, happened: datetime | None = None) -> str | None:
        """Another service tells of something: now, or of something that happened earlier. What is left to be done."""
        self._heard += 1
        name = type(event).__name__
        key = getattr(event, "case", "")
        received = Received(producer, name, key, self._heard, happened or self.clock.now())
        handler = self.handlers[producer][name]
        assert handler.contract is type(event)

        def react(session: Session) -> str | None:
            left = handler.handle(session, event, received) if handler.handle is not None else None
            if left is None and handler.show is not None:
                handler.show(session, event, received)
            return left

        return self.run(react)

    def abandon(self, stream: UUID, take_back: TakeBack, *, number: int = 2, first: int = 0) -> str | None:
        """A producer's database was put back: what brought this stream's `first` event about is no more. Why that is
        left to a person, if it is."""
        events = self.events(stream)
        caused = [event.envelope.causation for event in events]
        followed = Followed(
            stream, tuple(event.TOPIC for event in events), tuple(cause == caused[first] for cause in caused),
            tuple(event.envelope.actor.id for event in events),
        )  # fmt: skip
        return self.run(lambda session: take_back(session, followed, Abandoned("intake", number, 0)))

    def copied(self) -> Copy:
        """The database as it is now."""
        tables = {name: {id_: dict(row) for id_, row in rows.items()} for name, rows in self.tables.items()}
        return Copy(dict(self.memory.streams), dict(self.timers), tables, len(self.published))

    def put_back(self, copy: Copy) -> None:
        """The database is as it was then; what went out to others did."""
        self.memory.streams, self.timers = dict(copy.streams), dict(copy.timers)
        self.memory.forget()
        self.tables.clear()
        self.tables.update({name: {id_: dict(row) for id_, row in rows.items()} for name, rows in copy.tables.items()})

    def forget(
        self, remember: Remember, since: int, *, number: int = 2, listed: Iterable[tuple[UUID, str]] = ()
    ) -> dict[tuple[UUID, str], tuple[str, str]]:
        """The database was put back, and what it had published from `since` on is found on the bus. What is left to a
        person, by stream and kind: why, and of what that speaks."""
        events: dict[Feed, list[CloudEvent]] = {"public": [], "internal": []}
        for one in self.published[since:]:
            data = msgspec.Raw(one.data.encode())
            event = CloudEvent(f"bihuan.own.{one.name}.v1", "", "1", "", "", data)
            events["internal" if one.jurisdiction is None else "public"].append(event)
        forgotten = Forgotten("own", number, events, frozenset(listed))
        before = set(self.tables["taken_back"])
        self.run(partial(listed_by, remember, forgotten))
        rows = [row for id_, row in self.tables["taken_back"].items() if id_ not in before]
        return {(row["stream"], row["kind"]): (row["reason"], row["about"]) for row in rows}

    def wait_until(self, text: str, *, away: bool = False) -> None:
        """Time passes, and every timer on the way is answered when it is due; all at the end if the service is away."""
        end = at(text)
        while due := sorted(
            (t for t in self.timers.values() if t.due <= end), key=lambda timer: (timer.due, timer.kind, timer.id)
        ):
            self.clock.set(end if away else max(due[0].due, self.clock.now()))
            self.fire(due[0])
        self.clock.set(end)

    def fire(self, timer: Timer) -> None:
        """The engine answers a timer, due or not; by that it is spent."""
        self.timers.pop(timer.id, None)
        answer = self.answer_timer
        assert answer is not None
        self.run(lambda session: answer(session, timer, self.clock.now()))

    def run(self, command: Callable[[Session], R]) -> R:
        """What the lane does with one command; a refused one leaves nothing."""
        session = Session(self.memory, self._reactions, MAPPER.to_stored_event)  # type: ignore[arg-type]
        try:
            answer = command(session)
        finally:
            self.memory.forget()
        work, streams = session.work, self.memory.streams
        for stored in work.events:
            id_ = stored.originator_id
            assert isinstance(id_, UUID)
            streams[id_] = [*streams.get(id_, ()), stored]
        for change in work.changes:
            rows, key = self.tables[change.table], change.values[change.key]
            assert not (change.new and key in rows), "a row is made once"
            assert change.new or len(change.values) > 1, "an UPDATE sets something"
            if change.new or key in rows:  # as UPDATE, which finds no row or one
                rows[key] = rows.get(key, {}) | dict(change.values)
        self.published += work.publications
        self.timers |= work.timers
        for stopped in work.stopped_timers:
            self.timers.pop(stopped, None)
        return answer

    def envelope(self, by: Actor) -> Envelope:
        return Envelope(
            at=self.clock.now(), actor=by, command_key="k", campaign=CAMPAIGN.id, campaign_version=CAMPAIGN.version
        )

    # --- then ---

    @property
    def streams(self) -> list[UUID]:
        return list(self.memory.streams)

    def aggregate(self, id_: UUID) -> Any:
        """As it is read back from its bytes."""
        self.memory.forget()
        return self.memory.get(id_)

    def events(self, id_: UUID | None = None) -> list[Any]:
        """The stored events of one stream, or of all, read back from their bytes."""
        streams = self.memory.streams.values() if id_ is None else [self.memory.streams[id_]]
        return [MAPPER.to_domain_event(stored) for stream in streams for stored in stream]

    def names(self, id_: UUID) -> list[str]:
        return [type(event).__name__ for event in self.events(id_)]

    def messages(self, *, public: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, data) of what went out to the public or to our own services."""
        for one in self.published:
            if (one.jurisdiction is not None) is public:
                yield one.name, canonical.decode(one.data.encode())


async def _awaited(work: Awaitable[R]) -> R:
    return await work
