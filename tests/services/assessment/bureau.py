"""The whole of *assessment* without a database: the real application, campaign, projections, publishers, over memory.

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
from services.assessment import commands, consumers, projections
from services.assessment.application import Assessment, Told, timers_of
from services.assessment.domain.facts import KINDS, Fact
from services.assessment.domain.values import Return
from services.assessment.publishers import Publisher
from services.assessment.rules import bulletins, lives, returns
from services.assessment.rules.lives import Book
from services.assessment.rules.measures import Setting, Tally
from services.assessment.rules.schedule import Schedule
from shared.kernel.campaign import load
from shared.platform.event_store import canonical, typed
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.unit_of_work import Publication, Timer
from shared.platform.messaging.handler import Received
from tests.support.clocks import FixedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAMPAIGN = load(DEFAULT_CAMPAIGN)
SCHEDULE = Schedule(CAMPAIGN)
SETTING = Setting(CAMPAIGN)
MAPPER = EventMapper(CanonicalTranscoder())
ZEZHOU, GAOPING = "140525", "140581"
OFFICE = Actor("p-contact", "office", "campaign-office")
DIRECTOR = Actor("p-deputy-director", "director", "campaign-office", signed_by="p-deputy-director")
COUNTY = Actor("p-zezhou-1", "county", ZEZHOU)
PRINCIPAL = Actor("p-zezhou", "principal", ZEZHOU, signed_by="p-zezhou")
LEADER = Actor("p-deputy-director", "group", "g1", signed_by="p-deputy-director")
MEMBER = Actor("p-g1-1", "group", "g1")
TASKFORCE = Actor("p-vice-mayor", "taskforce", "task-force")


def at(text: str) -> datetime:
    """An instant in Shanghai, written as `2022-01-21 17:31`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


START = at("2021-12-28 09:00")


class _Memory:
    """What the lane's cache is to a session; read from bytes anew for every command."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[StoredEvent]] = {}
        self.live: dict[UUID, Any] = {}

    def get(self, id_: UUID) -> Any:
        if id_ not in self.live and id_ in self.streams:
            for stored in self.streams[id_]:
                self.live[id_] = MAPPER.to_domain_event(stored).mutate(self.live.get(id_))
        return self.live.get(id_)

    def put(self, aggregate: Any) -> None:
        self.live[aggregate.id] = aggregate


class Bureau:
    """One installation of *assessment* in memory. `rows` are its read tables by name and key."""

    def __init__(self, now: datetime = START, *, opened: bool = True) -> None:
        self.clock = FixedClock(now)
        self.rows: dict[str, dict[Any, dict[str, Any]]] = {}
        self.published: list[Publication] = []
        self.timers: dict[UUID, Timer] = {}
        self._memory = _Memory()
        self._assessment = Assessment(CAMPAIGN, SCHEDULE)
        publish = Publisher(CAMPAIGN).publish
        self._reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)
        self._handlers = consumers.handlers()["cases"]
        self._heard = 0
        if opened:
            self.open_filings()

    # --- given and when ---

    def open_filings(self) -> Told:
        return self._run(lambda session: self._assessment.open_filings(session, self.clock.now()))

    def hear(self, *events: Any, happened: datetime | None = None) -> None:
        """*cases* tells of something: now, or of something that happened earlier."""
        for event in events:
            self._heard += 1
            name = type(event).__name__
            received = Received("cases", name, event.case, self._heard, happened or self.clock.now())
            self._run(lambda session, n=name, e=event, r=received: self._handlers[n].handle(session, e, r))

    def inspect(self, by: Actor, **fields: Any) -> Told:
        body = commands.RecordInspection.model_validate(fields)
        return self._run(lambda session: self._assessment.record_inspection(session, self.envelope(by), body))

    def submit(self, by: Actor, unit: str, week: int) -> Told:
        signed = self.return_now(unit, week)
        return self._run(
            lambda session: self._assessment.submit_return(session, self.envelope(by), unit, week, signed)
        )

    def correct(self, by: Actor, unit: str, week: int) -> Told:
        signed = self.return_now(unit, week)
        return self._run(
            lambda session: self._assessment.correct_return(session, self.envelope(by), unit, week, signed)
        )

    def send_back(self, by: Actor, unit: str, week: int) -> Told:
        body = commands.SendBackReturn(reason="数字与附件2不符。")
        return self._run(
            lambda session: self._assessment.send_back_return(session, self.envelope(by), unit, week, body)
        )

    def sign(self, by: Actor, unit: str, month: str) -> Told:
        return self._run(lambda session: self._assessment.sign_commitment(session, self.envelope(by), unit, month))

    def file(self, by: Actor, kind: str, unit: str, **fields: Any) -> Told:
        body = commands.FilePaper.model_validate(fields)
        return self._run(lambda session: self._assessment.file_paper(session, self.envelope(by), kind, unit, body))

    def hold(self, by: Actor, unit: str, month: str) -> Told:
        body = commands.HoldBriefing(text="听取汇报。")
        return self._run(
            lambda session: self._assessment.hold_briefing(session, self.envelope(by), unit, month, body)
        )

    def draw(self, by: Actor, month: str) -> Told:
        wanted = SCHEDULE.months[month]
        book = self.book(min(self.clock.now(), wanted.end) if wanted.end else self.clock.now())
        content = bulletins.content(CAMPAIGN, SETTING, book, wanted)
        return self._run(lambda session: self._assessment.draw_bulletin(session, self.envelope(by), month, content))

    def publish(self, by: Actor, month: str) -> Told:
        return self._run(lambda session: self._assessment.publish_bulletin(session, self.envelope(by), month))

    def wait_until(self, text: str, *, away: bool = False) -> None:
        """Time passes; each timer is answered when it is due, or all of them at the end if the service was away."""
        end = at(text)
        while due := sorted((t for t in self.timers.values() if t.due <= end), key=lambda t: (t.due, t.id)):
            self.clock.set(end if away else max(due[0].due, self.clock.now()))
            self.fire(due[0])
        self.clock.set(end)

    def fire(self, timer: Timer) -> None:
        """The engine answers a timer, which by that is spent."""
        self.timers.pop(timer.id, None)
        self._run(lambda session: self._assessment.fire(session, timer, self.clock.now()))

    # --- then ---

    def envelope(self, by: Actor) -> Envelope:
        return Envelope(
            at=self.clock.now(), actor=by, command_key="k", campaign=CAMPAIGN.id, campaign_version=CAMPAIGN.version
        )

    def book(self, until: datetime) -> Book:
        """The facts as they are read back from their rows."""
        rows = sorted(self.rows.get("facts", {}).values(), key=lambda row: row["at"])
        read = [typed.decode(canonical.encode(row["event"]), KINDS[row["what"]]) for row in rows]
        return lives.read([Fact(row["id"], row["at"], event) for row, event in zip(rows, read, strict=True)], until)

    def tally(self, text: str) -> Tally:
        return Tally(self.book(at(text)), SETTING)

    def return_now(self, unit: str, week: int) -> Return:
        found = SCHEDULE.weeks[week]
        book = self.book(min(self.clock.now(), found.end))
        figures = returns.annex_1(CAMPAIGN, Tally(book, SETTING), unit, found.start)
        acts = returns.annex_2(book, SETTING, unit, found.start)
        return Return(book.until, returns.a_nil_return_says_that_nothing_happened(figures, acts), figures, acts)

    def filing(self, rule: str, unit: str, period: str) -> dict[str, Any]:
        return self.rows["filings"][SCHEDULE.filing_id(rule, unit, period)]

    def events(self) -> list[Any]:
        """Every stored event, read back from its bytes."""
        return [MAPPER.to_domain_event(stored) for stream in self._memory.streams.values() for stored in stream]

    def aggregate(self, id_: UUID) -> Any:
        self._memory.live.clear()
        return self._memory.get(id_)

    def streams(self) -> list[UUID]:
        return list(self._memory.streams)

    def messages(self, *, public: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, data) of what went out to the public or to our own services."""
        for one in self.published:
            if (one.jurisdiction is not None) is public:
                yield one.name, canonical.decode(one.data)

    def _run(self, command: Any) -> Any:
        self._memory.live.clear()
        session = Session(self._memory, self._reactions, MAPPER.to_stored_event)  # type: ignore[arg-type]
        answer = command(session)
        for stored in session.work.events:
            self._memory.streams.setdefault(stored.originator_id, []).append(stored)
        for timer in session.work.timers.values():
            self.timers[timer.id] = timer
        for id_ in session.work.stopped_timers:
            self.timers.pop(id_, None)
        self.published += session.work.publications
        for change in session.work.changes:
            table = self.rows.setdefault(change.table, {})
            row = table.setdefault(change.values[change.key], {})
            assert bool(row) != change.new, "a row is made once and changed afterwards"
            row.update(change.values)
        return answer
