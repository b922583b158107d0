"""*cases* in memory: its actors, a tip, and the shortest way of a case to any state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.cases.consumers import handlers
from services.cases.domain.authority import STATES
from services.cases.domain.case import Case
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.domain.values import Deadline
from services.cases.handlers import CASE, NEW_CASE
from services.cases.handlers.forgetting import Forgetting
from services.cases.handlers.heard import Heard, timers_of
from services.cases.handlers.taking_back import TakingBack
from services.cases.projections import PROJECTOR
from services.cases.publishers import publisher_of
from shared.kernel.commands import Setting
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.refusal import Refusal
from shared.platform.event_store.session import NotFound
from shared.platform.service.command import Told
from tests.support.in_memory import CAMPAIGN, MAPPER, SHANGHAI, InMemory, at

__all__ = ["CAMPAIGN", "MAPPER", "SHANGHAI", "at"]

COUNTIES = tuple(county.code for county in CAMPAIGN.units)
ZEZHOU, GAOPING = "140525", "140581"
FRIDAY_BEFORE_NEW_YEAR = at("2022-01-21 17:31")
DIRECTOR = Actor("p-office-deputy", "director", "city", signed_by="p-office-deputy")
OFFICE = Actor("p-contact", "office", "city")
COUNTY = Actor("p-zezhou-1", "county", ZEZHOU)
PRINCIPAL = Actor("p-zezhou", "principal", ZEZHOU, signed_by="p-zezhou")
STATION = Actor("p-zezhou-station", "station", ZEZHOU)
GROUP = Actor("p-g1-1", "group", "g1")
OTHER_GROUP = Actor("p-g3-1", "group", "g3")
TASKFORCE = Actor("p-vice-mayor", "taskforce", "city")
TIP: dict[str, Any] = {
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


def running(window: Deadline | None) -> Deadline:
    """A window of a case that runs."""
    assert window is not None
    return window


class Desk(InMemory):
    """One installation of *cases* in memory."""

    def __init__(self, now: datetime = FRIDAY_BEFORE_NEW_YEAR) -> None:
        super().__init__(
            now, Setting(CAMPAIGN), PROJECTOR, publisher_of(CAMPAIGN), timers_of,
            lambda memory: handlers(Heard(CAMPAIGN, memory.clock)),
        )  # fmt: skip
        self.answer_timer = Heard(CAMPAIGN, self.clock).fire
        self.take_back = TakingBack(CAMPAIGN, self.clock)
        self.remember = Forgetting(CAMPAIGN, self.clock)

    # --- given and when ---

    def tipped(self, **changes: Any) -> UUID:
        """A triaged tip comes in; the case that it becomes."""
        known = set(self.cases)
        tip = triaged(**changes)
        self.hear("intake", tip, tip.triaged_at)
        (new,) = set(self.cases) - known
        return new

    def open(self, by: Actor, matter: str = "气瓶未检", **fields: Any) -> UUID:
        """Somebody opens a case for a problem that was found."""
        return UUID(self.order(NEW_CASE, "", by, matter=matter, **fields)["case"])

    def give(self, command: str, case: UUID, by: Actor, *, version: int | None = None, **fields: Any) -> Told:
        """Somebody gives a command to a case now. Raises its refusal."""
        return self.order(CASE, command, by, seen=version, address={"case": str(case)}, **fields)

    def sign(self, command: str, case: UUID, by: Actor, **fields: Any) -> Told:
        """As `give`, by somebody who has the case on the screen as it stands and names that version."""
        return self.give(command, case, by, version=self.case(case).version, **fields)

    def rehearse(self, command: str, case: UUID, by: Actor, **fields: Any) -> Refusal | NotFound | None:
        """How a command would be answered; afterwards all is as it was. What was refused has left no event."""
        before = self.copied()
        try:
            self.give(command, case, by, **fields)
        except (Refusal, NotFound) as refusal:
            assert (self.memory.streams, self.timers, len(self.published)) == (
                before.streams,
                before.timers,
                before.told,
            )
            return refusal
        self.put_back(before)
        del self.published[before.told :]
        return None

    # --- then ---

    @property
    def rows(self) -> dict[UUID, dict[str, Any]]:
        """The list of cases."""
        return self.tables["cases"]

    @property
    def cases(self) -> list[UUID]:
        return [id_ for id_ in self.streams if isinstance(self.aggregate(id_), Case)]

    def case(self, id_: UUID) -> Case:
        found = self.aggregate(id_)
        assert isinstance(found, Case)
        return found


SECRET = "此乃自由文字"  # what must not leave the service
CHECKED: dict[str, Any] = {"text": "现场复核。", "evidence": ["核查记录 1"]}
STEP: dict[str, Any] = {"step": "site_inspection", "text": "已到现场。", "evidence": ["检查记录 1"]}
RECTIFIED: dict[str, Any] = {"measure": "rectification_order", "number": "泽市监特令〔2022〕1号", "on": "2022-01-21"}
SUSPENDED: dict[str, Any] = {
    "measure": "suspension", "number": "泽市监停〔2022〕1号", "on": "2022-01-21", "reinspection": "2022-02-10",
}  # fmt: skip
FINED: dict[str, Any] = {
    "measure": "penalty", "number": "泽市监罚〔2022〕1号", "on": "2022-01-21", "amount": 2_000_000,
    "articles": "《中华人民共和国特种设备安全法》第八十五条", "below_maximum": "初次违法，及时改正。",
}  # fmt: skip
RESULT: dict[str, Any] = {"text": "已责令停用。", "conclusion": "borne_out", "taken": [RECTIFIED]}


def dated(measure: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """A measure of today, to be inspected again in twenty days where it is."""
    today = desk.clock.now().astimezone(SHANGHAI).date()
    again = {"reinspection": (today + timedelta(days=20)).isoformat()} if "reinspection" in measure else {}
    return measure | {"on": today.isoformat()} | again


def bring(desk: Desk, state: str, *, case: UUID | None = None) -> UUID:
    """A case of 泽州 (a new one, or `case` from where it is), taken to a state the shortest way."""
    id_ = case or desk.tipped()
    walk: tuple[tuple[str, str, Actor, dict[str, Any]], ...] = (
        ("transferred", "transfer", DIRECTOR, {}),
        ("signed_for", "sign-for", COUNTY, {}),
        ("handling", "record-step", COUNTY, STEP),
        ("reported", "report-result", PRINCIPAL, RESULT | {"taken": [dated(SUSPENDED, desk)]}),
        ("reviewed", "review-result", OFFICE, {}),
        ("closed", "close", DIRECTOR, {}),
    )
    if state == TAKEN_BACK:
        assert desk.abandon(id_, desk.take_back) is None
        return id_
    here = STATES.index(desk.case(id_).state)
    for reached, command, by, fields in walk[here : STATES.index(state)]:
        assert desk.give(command, id_, by, **fields)["state"] == reached
    return id_
