"""An item of disclosure (三公开): drafted → checked → approved → on every channel, then corrected or withdrawn.

What people may do to it stands beside each command (`handlers`); here is what follows from its case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.authority import OPEN_STATES
from services.notify.domain.events import DisclosureDateMoved, DisclosureDrafted, DisclosureSuperseded
from services.notify.domain.owing import clock_of
from services.notify.domain.values import About, Doubt, OnChannel, Wording
from shared.kernel.campaign.office import OfficeDate
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

RESULT, CLOCK = "result", "disclosure"
DOUBT_NAMES = {
    "phone": "电话号码",
    "identity": "身份证号码",
    "receipt": "回执码",
    "name": "人员姓名",
    "tipster": "提及举报人",
    "exact_time": "精确到时刻的时间",
    "one_person_site": "只有一人的场所或岗位",
}


def result_id(case: UUID, n: int) -> UUID:
    """The identifier of the item about a case's result after its n-th closing."""
    return uuid5(case, f"result/{n}")


@stored("notify.Disclosure")
class Disclosure(Aggregate):
    """One item on its way to the public."""

    state: str
    about: About
    wording: Wording
    outcomes: tuple[str, ...]
    due: datetime | None
    office: OfficeDate | None
    doubts: tuple[Doubt, ...]
    approvers: tuple[str, ...]
    director_approved: bool
    channels: tuple[OnChannel, ...]
    correction: Wording | None
    correction_reason: str | None
    correction_by: str | None

    def __init__(self) -> None:
        self.due = self.office = None
        self.doubts = ()
        self.approvers = ()
        self.director_approved = False
        self.channels = ()
        self.correction = self.correction_reason = self.correction_by = None

    @classmethod
    def draft(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        about: About,
        wording: Wording,
        outcomes: tuple[str, ...],
        due: datetime | None = None,
    ) -> Self:
        """A new item: of a person, or by the system of the result of a closed case."""
        return begin(
            cls, DisclosureDrafted, id=id, envelope=envelope, about=about, wording=wording, outcomes=outcomes, due=due
        )

    def begin_clock(self, due: datetime | None) -> None:
        """The office owes its publication by this instant, or by none."""
        self.due = due
        self.office = None if due is None else OfficeDate(CLOCK, due)

    def move_date(self, envelope: Envelope, due: datetime | None) -> None:
        """The result is in doubt, or no longer; of what is public already nothing is owed."""
        if self.state in OPEN_STATES and self.due != due:
            self.trigger_event(DisclosureDateMoved, envelope=envelope, due=due)

    def timers(self) -> dict[str, datetime]:
        """The call that this item now wants."""
        return clock_of(self.office)

    def supersede(self, envelope: Envelope) -> None:
        """The case runs again. What stands on a channel already stays, to be corrected or withdrawn by a person."""
        if self.state in OPEN_STATES and not self.channels:
            self.trigger_event(DisclosureSuperseded, envelope=envelope)
