"""From the opening to the letter that is signed for, or sent back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline, Letter, Matter, Officer
from shared.platform.event_store.events import EnvelopedCreation, stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case


@stored("cases.CaseOpened")
class CaseOpened(CaseEvent, EnvelopedCreation):
    """A problem became a case: from a tip, an inspection, or the unit itself (then no transfer is needed). Where it is
    about an accident, `investigation` is who must investigate that: city | county."""

    aggregate_topic = "cases.Case"
    origin: str
    unit: str
    group: str | None
    matter: Matter
    tip: str | None
    in_period: bool
    transfer_deadline: Deadline | None
    feedback: Deadline | None = None
    investigation: str | None = None

    def apply(self, case: Case) -> None:
        case.needs_investigation = self.investigation
        case.origin = self.origin
        case.unit = self.unit
        case.group = self.group
        case.matter = self.matter
        case.tip = self.tip
        case.in_period = self.in_period
        case.opened_at = self.at
        case.transfer_deadline = self.transfer_deadline
        case.feedback = self.feedback
        case.state = "opened" if self.transfer_deadline is not None else "signed_for"


@stored("cases.LetterDrafted")
class LetterDrafted(CaseEvent):
    """The office prepared the letter and its window; it waits for the director's signature."""

    letter: Letter
    circumstance: str | None = None
    feedback_by: date | None = None

    def apply(self, case: Case) -> None:
        case.draft_letter = self.letter
        case.draft_circumstance = self.circumstance
        case.draft_feedback_by = self.feedback_by


@stored("cases.CaseTransferred")
class CaseTransferred(CaseEvent):
    """The letter was signed off by the office director, numbered and dispatched. The feedback clock starts here.
    Until `returnable` the unit may ask to send it back. The clock of the first step starts with signing for it; letters
    of older releases had one from here on (`first_step`), which nobody is held to. In danger to life the unit tells
    what it found by `first_report`."""

    class_version = 2
    moves_the_loop = True
    letter: Letter
    number: str
    signed_off_by: Officer
    feedback: Deadline
    signing: Deadline
    first_step: Deadline | None = None
    returnable: Deadline | None = None
    first_report: Deadline | None = None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """There was always a date of the first step; now there may be none."""

    def apply(self, case: Case) -> None:
        case.unit = self.letter.unit
        case.group = self.letter.group
        case.letters.append(self.number)
        case.letter = self.letter
        case.draft_letter = case.draft_circumstance = case.draft_feedback_by = None
        case.transferred_at = self.at
        case.feedback = self.feedback
        case.signing = self.signing
        case.first_step = None
        case.returnable = self.returnable
        case.first_report = self.first_report
        case.state = "transferred"


@stored("cases.CaseNotSignedFor")
class CaseNotSignedFor(CaseEvent):
    """The letter was not signed for in time: the principal is reminded (催办)."""

    def apply(self, case: Case) -> None:
        case.reminded = True


@stored("cases.CaseSignedFor")
class CaseSignedFor(CaseEvent):
    """The unit signed for the letter, or is deemed to have. `first_step` is the date of the first evidenced step; None
    where no day is left for it before the feedback date."""

    moves_the_loop = True
    class_version = 2
    deemed: bool
    first_step: Deadline | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """There was always a date of the first step; now there may be none."""

    def apply(self, case: Case) -> None:
        case.signed_for_at = self.at
        case.first_step = self.first_step
        case.signing = None
        case.state = "signed_for"


@stored("cases.ReturnRequested")
class ReturnRequested(CaseEvent):
    """The unit asks the office to take the letter back: `reason` is a code of the campaign. Until the office answers,
    the clock of the first step stands still; it does so by `answer`."""

    reason: str
    text: str
    answer: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.return_requested_at = self.at
        case.return_answer = self.answer
        case.returns += 1


@stored("cases.CaseReturned")
class CaseReturned(CaseEvent):
    """The office took the letter back. The case waits for another letter, due by `transfer`; the old one's dates and
    whatever was begun under it are void."""

    moves_the_loop = True
    transfer: Deadline

    def apply(self, case: Case) -> None:
        case.return_requested_at = case.return_refused_at = case.extension_request = None
        case.letter = case.handler = case.station = case.drafted_result = None
        case.transferred_at = case.signed_for_at = None
        case.signing = case.first_step = case.feedback = case.returnable = case.first_report = None
        case.reminded = False
        case.steps = 0
        case.plan = None
        case.in_time = True
        case.respite = False
        case.raised = []
        case.start_afresh(self.at)
        case.transfer_deadline = self.transfer
        case.state = "opened"


@stored("cases.ReturnRefused")
class ReturnRefused(CaseEvent):
    """The letter stays where it is. `recounted`: the clock of the first step goes on to `first_step`, or none is left
    before the feedback date."""

    text: str
    recounted: bool = False
    first_step: Deadline | None = None
    first_report: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.return_requested_at = None
        case.first_report = self.first_report
        case.return_refused_at = self.at
        if self.recounted:
            case.first_step = self.first_step
