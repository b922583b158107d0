"""The whole of *notify* without a database: application, rules, projections, publishers over memory; time is set by
the test.

Every command reads its aggregate from stored bytes, as after a restart, and leaves bytes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from deploy.local.services import DEFAULT_CAMPAIGN
from services.notify import commands, consumers, projections
from services.notify.application import Notify, timers_of
from services.notify.application.disclosing import Told
from services.notify.publishers import Publisher
from services.notify.web.disclosures import BODIES
from shared.kernel.campaign import load
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.handler import Received
from tests.support.clocks import FixedClock
from tests.support.life import OPENED, SHANGHAI

CAMPAIGN = load(DEFAULT_CAMPAIGN)
MAPPER = EventMapper(CanonicalTranscoder())


def at(text: str) -> datetime:
    """An instant in Shanghai, written as `2022-01-21 17:31`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


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


class PostRoom:
    """One installation of *notify* in memory. `rows` are its read tables by name and key; `by_mail`: with a server."""

    def __init__(self, now: datetime = OPENED, *, by_mail: bool = False) -> None:
        self.clock = FixedClock(now)
        self.rows: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        self.published: list[tuple[str, str | None, dict[str, Any]]] = []
        self.timers: dict[UUID, Timer] = {}
        self._memory = _Memory()
        self._notify = Notify(CAMPAIGN, self.clock, by_mail=by_mail)
        self._handlers = consumers.handlers(self._notify)["cases"]
        publish = Publisher(CAMPAIGN).publish
        self._reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)
        self._heard = 0

    # --- given and when ---

    def hear(self, *events: Any, happened: datetime | None = None) -> None:
        """*cases* tells of something: now, or of something that happened earlier."""
        for event in events:
            self._heard += 1
            name = type(event).__name__
            received = Received("cases", name, event.case, self._heard, happened or self.clock.now())
            self._run(lambda session, n=name, e=event, r=received: self._handlers[n].handle(session, e, r))

    def mail(self, *, error: str | None = None, refused: tuple[str, ...] = ()) -> None:
        """The channel sends what waits, and records what became of it."""
        for row in [row for row in self.rows["notices"].values() if row["state"] == "waiting"]:
            if error is None:
                self._run(lambda session, id_=row["id"]: self._notify.mail_went_out(session, id_, refused))
            else:
                self._run(lambda session, id_=row["id"]: self._notify.mail_did_not_go_out(session, id_, error))

    def order(
        self, command: str, disclosure: str, who: str = "office:p-office-2", *, seen: int | None = None, **body: Any
    ) -> Told:
        """Somebody (`role:person`) gives a command on an item of disclosure."""
        asked, id_, envelope = BODIES[command].model_validate(body), UUID(disclosure), self._envelope(who)
        return self._run(
            lambda session: self._notify.disclosing.run(session, command, id_, seen, envelope, asked)
        )  # fmt: skip

    def draft(self, who: str = "office:p-office-2", **body: Any) -> Told:
        """Somebody drafts an item."""
        asked, envelope = commands.Draft.model_validate(body), self._envelope(who)
        return self._run(lambda session: self._notify.disclosing.draft(session, envelope, asked))

    def wait_until(self, text: str, *, away: bool = False) -> None:
        """Time passes; each timer is answered when it is due, or all of them at the end if the service was away."""
        end = at(text)
        while due := sorted((t for t in self.timers.values() if t.due <= end), key=lambda t: (t.due, t.kind)):
            self.clock.set(end if away else max(due[0].due, self.clock.now()))
            self.fire(due[0])
        self.clock.set(end)

    def fire(self, timer: Timer) -> None:
        """The engine answers a timer, which by that is spent."""
        self.timers.pop(timer.id, None)
        self._run(lambda session: self._notify.fire(session, timer, self.clock.now()))

    # --- then ---

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        """(kind, when, to) of what went out, in order."""
        return [
            (row["kind"], f"{row['sent_at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}", row["to_role"])
            for row in self.rows["outgoing"].values()
        ]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.rows["outgoing"].values()]

    @property
    def planned(self) -> list[tuple[str, str]]:
        """(kind, when) of the timers that run, earliest first."""
        timers = sorted(self.timers.values(), key=lambda timer: (timer.due, timer.kind))
        return [(timer.kind, f"{timer.due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}") for timer in timers]

    def states(self) -> list[tuple[str, str]]:
        """(kind, state) of every reminder in the list."""
        return sorted((row["kind"], row["state"]) for row in self.rows["reminders"].values())

    def events(self) -> list[Any]:
        """Every stored event, read back from its bytes."""
        return [MAPPER.to_domain_event(stored) for stream in self._memory.streams.values() for stored in stream]

    def items(self) -> list[dict[str, Any]]:
        """The rows of the office's list, in the order in which they were drafted."""
        return list(self.rows["disclosures"].values())

    @property
    def board(self) -> list[dict[str, Any]]:
        """The rows of the public board."""
        return list(self.rows["board"].values())

    def told(self, feed: str) -> list[str]:
        """The names of what went out, `public` or `internal`."""
        return [name for name, jurisdiction, _ in self.published if (jurisdiction is None) == (feed == "internal")]

    def _envelope(self, who: str) -> Envelope:
        role, person = who.split(":")
        actor = Actor(person, role, "city")
        return Envelope(self.clock.now(), actor, f"key-{len(self.events())}", CAMPAIGN.id, CAMPAIGN.version)

    def _run(self, command: Any) -> Any:
        self._memory.live.clear()
        session = Session(self._memory, self._reactions, MAPPER.to_stored_event)  # type: ignore[arg-type]
        answer = command(session)
        self.published += [(p.name, p.jurisdiction, json.loads(p.data)) for p in session.work.publications]
        for stored in session.work.events:
            self._memory.streams.setdefault(stored.originator_id, []).append(stored)
        for timer in session.work.timers.values():
            self.timers[timer.id] = timer
        for id_ in session.work.stopped_timers:
            self.timers.pop(id_, None)
        for change in session.work.changes:
            rows, key = self.rows[change.table], change.values[change.key]
            assert not (change.new and key in rows), "a row is made once"
            if change.new:
                rows[key] = {}
            elif change.table == "board" and key not in rows:
                continue  # what never was on it is withdrawn without a word
            rows[key].update(change.values)
        return answer
