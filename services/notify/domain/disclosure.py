"""An item of disclosure (三公开): drafted → checked → approved → on every channel, then corrected or withdrawn.

What people may do to it stands beside each command (`handlers`); here is what follows from its case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain.authority import OPEN_STATES
from services.notify.domain.events import (
    CorrectionOwed,
    DisclosureDateMoved,
    DisclosureDrafted,
    DisclosureSuperseded,
)
from services.notify.domain.owing import clock_of
from services.notify.domain.values import About, Cause, Doubt, OnChannel, Wording
from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

RESULT, PROGRESS, EXPOSURE = "result", "progress", "exposure"
CLOCK = "disclosure"
NUMBER = "number"
"""How *cases* is told that a case was disclosed as one of a number, without a name."""
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


def decision_id(case: UUID, version: int) -> UUID:
    """The identifier of the item about a decision that was recorded after the closing: `version` is that of the case's
    stream which notes it."""
    return uuid5(case, f"decision/{version}")


@stored("notify.Disclosure")
class Disclosure(Aggregate):
    """One item on its way to the public."""

    state: str
    about: About
    wording: Wording
    outcomes: tuple[str, ...]
    due: datetime | None
    office: OfficeDate | None
    office_done: DoneDate | None
    doubts: tuple[Doubt, ...]
    approvers: tuple[str, ...]
    director_approved: bool
    channels: tuple[OnChannel, ...]
    correction: Wording | None
    correction_reason: str | None
    correction_by: str | None
    on_board: bool
    cause: Cause | None
    correction_due: datetime | None
    corrected_about: About | None
    corrected_outcomes: tuple[str, ...]
    corrected_on: tuple[OnChannel, ...]

    def __init__(self) -> None:
        self.due = self.office = self.office_done = None
        self.doubts = ()
        self.approvers = ()
        self.director_approved = self.on_board = False
        self.channels = self.corrected_on = self.corrected_outcomes = ()
        self.cause = self.correction_due = self.corrected_about = None
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
        """The case runs again. What stands on a channel already stays, to be corrected (`owe_correction`)."""
        if self.state in OPEN_STATES and not self.channels:
            self.trigger_event(DisclosureSuperseded, envelope=envelope)

    @property
    def is_told(self) -> bool:
        """Whether it stands on a channel."""
        return bool(self.channels) and self.state not in ("withdrawn", "superseded")

    def owe_correction(
        self, envelope: Envelope, *, cause: Cause, wording: Wording, reason: str, about: About,
        outcomes: tuple[str, ...], due: datetime,
    ) -> bool:  # fmt: skip
        """What it says is not so, by this cause. Whether a correction is owed by that: none is of what nobody can read
        any more, or has said so before; who reads that a closing was false waits for the new one already."""
        said = cause == self.cause != "result_changed" or (cause, self.cause) == ("result_changed", "false_closure")
        if said or not self.is_told:
            return False
        waits = self.correction_due if self.correction is not None else None
        self.trigger_event(
            CorrectionOwed, envelope=envelope, cause=cause, wording=wording, reason=reason, about=about,
            outcomes=outcomes, due=min(waits, due) if waits else due,
        )  # fmt: skip
        return True
