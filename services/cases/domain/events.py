"""The events of a case, in the order of its life. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from services.cases.domain.values import Deadline, Letter, Matter, Officer, Result
from shared.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case
    from services.cases.domain.letter_register import LetterRegister


class CaseEvent(EnvelopedEvent):
    """Any event of a case."""


@stored("cases.CaseOpened")
class CaseOpened(CaseEvent, EnvelopedCreation):
    """A problem became a case: from a tip, an inspection, or the unit itself (then no transfer is needed)."""

    aggregate_topic = "cases.Case"
    origin: str
    unit: str
    group: str | None
    matter: Matter
    tip: str | None
    in_period: bool
    transfer_deadline: Deadline | None
    feedback: Deadline | None = None

    def apply(self, case: Case) -> None:
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
    """The letter was signed off by the office director, numbered and dispatched. The feedback clock starts here."""

    letter: Letter
    number: str
    signed_off_by: Officer
    feedback: Deadline
    signing: Deadline
    first_step: Deadline

    def apply(self, case: Case) -> None:
        case.unit = self.letter.unit
        case.group = self.letter.group
        case.letters.append(self.number)
        case.letter = self.letter
        case.draft_letter = case.draft_circumstance = case.draft_feedback_by = None
        case.transferred_at = self.at
        case.feedback = self.feedback
        case.signing = self.signing
        case.first_step = self.first_step
        case.state = "transferred"


@stored("cases.CaseNotSignedFor")
class CaseNotSignedFor(CaseEvent):
    """The letter was not signed for in time: the principal is reminded (催办)."""

    def apply(self, case: Case) -> None:
        case.reminded = True


@stored("cases.CaseSignedFor")
class CaseSignedFor(CaseEvent):
    """The unit signed for the letter, or is deemed to have. `first_step` is the date of the first evidenced step."""

    deemed: bool
    first_step: Deadline

    def apply(self, case: Case) -> None:
        case.signed_for_at = self.at
        case.first_step = self.first_step
        case.signing = None
        case.state = "signed_for"


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
        case.first_step = None
        case.state = "handling"


@stored("cases.RemarkAdded")
class RemarkAdded(CaseEvent):
    """A remark. It stops no clock."""

    text: str

    def apply(self, case: Case) -> None:
        """Nothing follows from a remark."""


@stored("cases.ResultDrafted")
class ResultDrafted(CaseEvent):
    """The handling officer drafted the result; it waits for the principal's signature and stops no clock."""

    result: Result

    def apply(self, case: Case) -> None:
        case.drafted_result = self.result


@stored("cases.ResultReported")
class ResultReported(CaseEvent):
    """The unit's principal signed the result. This stops the feedback clock."""

    result: Result
    in_time: bool
    review: Deadline

    def apply(self, case: Case) -> None:
        case.drafted_result = None
        case.result = self.result
        case.reported_at = self.at
        case.first_step = None
        case.in_time = self.in_time
        case.review = self.review
        case.state = "reported"


@stored("cases.ResultRejected")
class ResultRejected(CaseEvent):
    """The supervising officer sent the result back. The original feedback date stands."""

    reason: str

    def apply(self, case: Case) -> None:
        case.result = None
        case.reported_at = None
        case.review = None
        case.state = "handling"


@stored("cases.ResultReviewed")
class ResultReviewed(CaseEvent):
    """The supervising officer accepts the result."""

    opinion: str

    def apply(self, case: Case) -> None:
        case.review = None
        case.state = "reviewed"


@stored("cases.CaseClosed")
class CaseClosed(CaseEvent):
    """The office director closed the case. Its result is to be disclosed by `disclosure`."""

    on_time: bool
    disclosure: Deadline

    def apply(self, case: Case) -> None:
        case.closed_at = self.at
        case.disclosure = self.disclosure
        case.state = "closed"


@stored("cases.CaseReopened")
class CaseReopened(CaseEvent):
    """A closed case runs again, with a new window."""

    reason: str
    feedback: Deadline
    first_step: Deadline

    def apply(self, case: Case) -> None:
        case.closed_at = None
        case.disclosure = None
        case.result = None
        case.reported_at = None
        case.feedback = self.feedback
        case.first_step = self.first_step
        case.raised = []
        case.state = "handling"


@stored("cases.EscalationRaised")
class EscalationRaised(CaseEvent):
    """The case is under escalated verification. `missed` is the deadline that was not kept."""

    trigger: str
    missed: Deadline

    def apply(self, case: Case) -> None:
        case.raised.append(self.trigger)
        case.escalations.append(self.trigger)
        case.escalated_at = self.at


@stored("cases.LetterRegisterOpened")
class LetterRegisterOpened(EnvelopedCreation):
    """The first letter of an office in a year needs a register."""

    aggregate_topic = "cases.LetterRegister"
    form: str
    year: int

    def apply(self, register: LetterRegister) -> None:
        register.form = self.form
        register.year = self.year


@stored("cases.LetterNumbered")
class LetterNumbered(EnvelopedEvent):
    """The next number was given to a case. Numbers are gapless and never used again."""

    n: int
    number: str
    case: str

    def apply(self, register: LetterRegister) -> None:
        register.last = self.n
