"""What the unit does with a case, and the later dates that it asks for."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline, Extension, Plan
from shared.platform.event_store.events import stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case


@stored("cases.HandlerAssigned")
class HandlerAssigned(CaseEvent):
    """The unit named its handling officer, or the station that does the work."""

    officer: str
    station: str | None = None

    def apply(self, case: Case) -> None:
        case.handler = self.officer
        case.station = self.station


@stored("cases.HandlingStepRecorded")
class HandlingStepRecorded(CaseEvent):
    """An evidenced step of handling, by its code (现场检查记录, 监察指令书, …). A remark is not a step."""

    step: str
    text: str
    evidence: tuple[str, ...]
    taken_at: datetime | None = None

    def apply(self, case: Case) -> None:
        case.steps += 1
        case.first_step = case.first_report = None
        case.state = "handling"


@stored("cases.RemarkAdded")
class RemarkAdded(CaseEvent):
    """A remark. It stops no clock."""

    decides = False
    text: str

    def apply(self, case: Case) -> None:
        """Nothing follows from a remark."""


@stored("cases.ExtensionRequested")
class ExtensionRequested(CaseEvent):
    """The unit asks for a later feedback date: the end of the day `until`. The office answers by `answer`."""

    until: date
    reason: str
    answer: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.extension_request = Extension(self.until, self.reason, self.at, self.answer)


@stored("cases.ExtensionGranted")
class ExtensionGranted(CaseEvent):
    """The feedback date is the asked day."""

    moves_the_loop = True
    feedback: Deadline

    def apply(self, case: Case) -> None:
        case.extension_request = None
        case.extensions += 1
        case.feedback = self.feedback


@stored("cases.ExtensionRefused")
class ExtensionRefused(CaseEvent):
    """The feedback date stands, or is a new one where the office answered too late for it (`feedback`)."""

    moves_the_loop = True
    text: str
    feedback: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.extension_request = None
        case.leave_time(self.feedback)


@stored("cases.InterimReported")
class InterimReported(CaseEvent):
    """The unit told how far it is (阶段性反馈), with its rectification plan, which may carry a later day of its own,
    with the reason and the guard until then, so that nobody has to close falsely. With `asked` the plan waits for the
    office's answer, which is due by `answer`, and the feedback clock with it. It is not an evidenced step."""

    text: str
    plan: str | None = None
    planned_for: date | None = None
    reason: str | None = None
    guard: str | None = None
    asked: bool = False
    answer: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.first_report = None
        case.planned_for = self.planned_for
        if self.asked and self.planned_for is not None:
            case.plan = Plan(self.planned_for, self.at, self.answer)


@stored("cases.PlanApproved")
class PlanApproved(CaseEvent):
    """The office approved the plan: its day is the feedback date."""

    moves_the_loop = True
    feedback: Deadline

    def apply(self, case: Case) -> None:
        case.plan = None
        case.feedback = self.feedback


@stored("cases.PlanRefused")
class PlanRefused(CaseEvent):
    """The feedback date stands, or is a new one where the office answered too late for it (`feedback`)."""

    moves_the_loop = True
    text: str
    feedback: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.plan = None
        case.leave_time(self.feedback)


@stored("cases.PenaltyProceedingDecided")
class PenaltyProceedingDecided(CaseEvent):
    """The unit's principal decided whether a penalty proceeding is opened (立案、不予立案): its number, or why not."""

    proceeding: bool
    number: str | None = None
    reason: str | None = None

    def apply(self, case: Case) -> None:
        case.penalty_proceeding = self.proceeding
        case.had_proceeding = case.had_proceeding or self.proceeding
