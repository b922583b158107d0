"""The whole of *cases* without a database: the real application, campaign, projections, publishers, over memory.

Every command reads its aggregates from stored bytes, as after a restart, and leaves bytes; what the lane would write
beside them (read rows, publications, timers) is kept too. Time is a clock that the test sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.persistence import StoredEvent

from deploy.local.services import DEFAULT_CAMPAIGN
from services.cases import commands, projections
from services.cases.application import Cases, Told, timers_of
from services.cases.commands import BODIES
from services.cases.consumers import handlers
from services.cases.domain.authority import STATES
from services.cases.domain.case import Case
from services.cases.publishers import Publisher
from shared.kernel.campaign import load
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.platform.event_store import canonical
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.unit_of_work import Publication, Timer
from shared.platform.messaging.inbox import Received
from tests.support.clocks import FixedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAMPAIGN = load(DEFAULT_CAMPAIGN)
MAPPER = EventMapper(CanonicalTranscoder())
COUNTIES = tuple(county.code for county in CAMPAIGN.units)
ZEZHOU, GAOPING = "140525", "140581"


def at(text: str) -> datetime:
    """An instant in Shanghai, written as `2022-01-21 17:31`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


FRIDAY_BEFORE_NEW_YEAR = at("2022-01-21 17:31")
DIRECTOR = Actor("p-deputy-director", "director", "city", signed_by="p-deputy-director")
OFFICE = Actor("p-contact", "office", "city")
COUNTY = Actor("p-zezhou-1", "county", ZEZHOU)
PRINCIPAL = Actor("p-zezhou", "principal", ZEZHOU, signed_by="p-zezhou")
STATION = Actor("p-zezhou-station", "station", ZEZHOU)
GROUP = Actor("p-g1-1", "group", "g1")
OTHER_GROUP = Actor("p-g3-1", "group", "g3")
TASKFORCE = Actor("p-vice-mayor", "taskforce", "city")
TIP = {
    "tip": "0190a5c0-0000-7000-8000-000000000001",
    "unit": ZEZHOU,
    "matter": "涉嫌充装超期未检气瓶",
    "source": "hotline",
    "received_at": at("2022-01-21 15:00"),
    "triaged_at": at("2022-01-21 16:00"),
    "enterprise": "甲气站",
}


def triaged(**changes: Any) -> TipTriaged:
    """What *intake* says of TIP, but for the changes."""
    return TipTriaged(**(TIP | changes))


def envelope(by: Actor, when: datetime = FRIDAY_BEFORE_NEW_YEAR) -> Envelope:
    return Envelope(at=when, actor=by, command_key="k", campaign=CAMPAIGN.id, campaign_version=CAMPAIGN.version)


class Memory:
    """What the lane's cache is to a session: aggregates, here read from bytes anew for every command."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[StoredEvent]] = {}
        self._live: dict[UUID, Any] = {}

    def get(self, id_: UUID) -> Any:
        if id_ not in self._live and id_ in self.streams:
            aggregate = None
            for stored in self.streams[id_]:
                aggregate = MAPPER.to_domain_event(stored).mutate(aggregate)
            self._live[id_] = aggregate
        return self._live.get(id_)

    def put(self, aggregate: Any) -> None:
        self._live[aggregate.id] = aggregate

    def forget(self) -> None:
        self._live.clear()


class Desk:
    """One installation of *cases* in memory."""

    def __init__(self, now: datetime = FRIDAY_BEFORE_NEW_YEAR) -> None:
        self.clock = FixedClock(now)
        self.tables: dict[str, dict[Any, dict[str, Any]]] = {"cases": {}, "escalations": {}}
        self.published: list[Publication] = []
        self.timers: dict[UUID, Timer] = {}
        self._cases = Cases(CAMPAIGN, self.clock)
        self._handlers = handlers(self._cases)
        self._heard = 0
        self._memory = Memory()
        publish = Publisher(CAMPAIGN).publish
        self._reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)

    # --- given and when ---

    def hear(self, **changes: Any) -> UUID:
        """A triaged tip comes in; the case that it becomes."""
        known = set(self.cases)
        tip = triaged(**changes)
        received = Received("intake", "TipTriaged", tip.tip, len(known) + 1, tip.triaged_at)
        self._run(lambda session: self._cases.open_from_tip(session, tip, received))
        (new,) = set(self.cases) - known
        return new

    def told(self, event: Any, producer: str) -> None:
        """Another service tells something now."""
        self._heard += 1
        name = type(event).__name__
        received = Received(producer, name, "", self._heard, self.clock.now())
        handler = self._handlers[producer][name]
        assert handler.contract is type(event)
        self._run(lambda session: handler.handle(session, event, received))

    def open(self, by: Actor, matter: str = "气瓶未检", **fields: Any) -> UUID:
        """Somebody opens a case for a problem that was found."""
        body = commands.Open(matter=matter, **fields)
        told = self._run(lambda session: self._cases.open_found(session, envelope(by, self.clock.now()), body))
        return UUID(told["case"])

    def give(self, command: str, case: UUID, by: Actor, *, version: int | None = None, **fields: Any) -> Told:
        """Somebody gives a command now. Raises its refusal."""
        body = BODIES[command].model_validate(fields)
        given = envelope(by, self.clock.now())
        told: Told = self._run(lambda session: self._cases.run(session, command, case, version, given, body))
        return told

    def wait_until(self, text: str, *, away: bool = False) -> None:
        """Time passes, and every timer on the way is answered when it is due; all at the end if the service is away."""
        end = at(text)
        while due := sorted((t for t in self.timers.values() if t.due <= end), key=lambda timer: (timer.due, timer.id)):
            self.clock.set(end if away else max(due[0].due, self.clock.now()))
            self.fire(due[0])
        self.clock.set(end)

    def fire(self, timer: Timer) -> None:
        """Answer a timer now, due or not."""
        self.timers.pop(timer.id, None)
        self._run(lambda session: self._cases.fire(session, timer, self.clock.now()))

    def _run(self, command: Any) -> Any:
        session = Session(self._memory, self._reactions, MAPPER.to_stored_event)  # type: ignore[arg-type]
        try:
            answer = command(session)
        finally:
            self._memory.forget()
        streams = self._memory.streams
        for stored in session.work.events:
            streams[stored.originator_id] = [*streams.get(stored.originator_id, ()), stored]
        for change in session.work.changes._by_row.values():
            self.tables[change.table].setdefault(change.values[change.key], {}).update(change.values)
        self.published += session.work.publications
        self.timers |= session.work.timers
        for stopped in session.work.stopped_timers:
            self.timers.pop(stopped, None)
        return answer

    def rehearse(self, command: str, case: UUID, by: Actor, **fields: Any) -> Refusal | None:
        """How a command would be answered; afterwards all is as it was. What was refused has left no event."""
        before, timers, sent = dict(self._memory.streams), dict(self.timers), len(self.published)
        tables = {name: {id_: dict(row) for id_, row in rows.items()} for name, rows in self.tables.items()}
        try:
            self.give(command, case, by, **fields)
        except Refusal as refusal:
            assert (self._memory.streams, self.timers, len(self.published)) == (before, timers, sent)
            return refusal
        self._memory.streams, self.timers, self.tables = before, timers, tables
        del self.published[sent:]
        return None

    # --- then ---

    @property
    def rows(self) -> dict[UUID, dict[str, Any]]:
        """The list of cases."""
        return self.tables["cases"]

    @property
    def streams(self) -> list[UUID]:
        return list(self._memory.streams)

    @property
    def cases(self) -> list[UUID]:
        return [id_ for id_ in self._memory.streams if isinstance(self.aggregate(id_), Case)]

    def aggregate(self, id_: UUID) -> Any:
        self._memory.forget()
        return self._memory.get(id_)

    def case(self, id_: UUID) -> Case:
        found = self.aggregate(id_)
        assert isinstance(found, Case)
        return found

    def events(self, id_: UUID) -> list[Any]:
        return [MAPPER.to_domain_event(stored) for stored in self._memory.streams[id_]]

    def names(self, id_: UUID) -> list[str]:
        return [type(event).__name__ for event in self.events(id_)]

    def messages(self, *, public: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, data) of what went out to the public or to our own services."""
        for one in self.published:
            if (one.jurisdiction is not None) is public:
                yield one.name, canonical.decode(one.data)


SECRET = "此乃自由文字"  # what must not leave the service
CHECKED = {"text": "现场复核。", "evidence": ["核查记录 1"]}
STEP = {"step": "site_inspection", "text": "已到现场。", "evidence": ["检查记录 1"]}


def bring(desk: Desk, state: str, *, case: UUID | None = None) -> UUID:
    """A case of 泽州 (a new one, or `case` from where it is), taken to a state the shortest way."""
    id_ = case or desk.hear()
    walk = (
        ("transferred", "transfer", DIRECTOR, {}),
        ("signed_for", "sign-for", COUNTY, {}),
        ("handling", "record-step", COUNTY, STEP),
        ("reported", "report-result", PRINCIPAL, {"text": "已责令停用。", "measures": ["suspension"]}),
        ("reviewed", "review-result", OFFICE, {}),
        ("closed", "close", DIRECTOR, {}),
    )
    here = STATES.index(desk.case(id_).state)
    for reached, command, by, fields in walk[here : STATES.index(state)]:
        assert desk.give(command, id_, by, **fields)["state"] == reached
    return id_
