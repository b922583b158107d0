"""The result, its review, the closing, and what makes the loop whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline, Decision, Result
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.events import stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case

EXPOSURE = "exposure"
"""The kind of an item that discloses no result."""
TAKEN_BACK = "taken_back"
"""The state of a case of which nothing is left."""


@stored("cases.ResultDrafted")
class ResultDrafted(CaseEvent):
    """The handling officer drafted the result; it waits for the principal's signature and stops no clock."""

    result: Result

    def apply(self, case: Case) -> None:
        case.drafted_result = self.result


@stored("cases.ResultReported")
class ResultReported(CaseEvent):
    """The unit's principal signed the result. This stops the feedback clock; what the unit had asked the
    office for has lapsed."""

    moves_the_loop = True
    result: Result
    in_time: bool
    review: Deadline

    def apply(self, case: Case) -> None:
        case.drafted_result = case.return_requested_at = case.extension_request = case.plan = None
        case.result = self.result
        case.reported_at = self.at
        case.first_step = case.first_report = None
        case.in_time = self.in_time
        case.review = self.review
        case.state = "reported"


@stored("cases.ResultRejected")
class ResultRejected(CaseEvent):
    """The supervising officer sent the result back. The new one has a date of its own (`feedback`), where there is one;
    in older releases the original date stood."""

    moves_the_loop = True
    reason: str
    feedback: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.feedback = self.feedback or case.feedback
        case.result = None
        case.reported_at = None
        case.review = None
        case.state = "handling"


@stored("cases.ResultReviewed")
class ResultReviewed(CaseEvent):
    """The supervising officer accepts the result. The director closes the case by `closing`; there is no such date
    while an escalation is undecided."""

    moves_the_loop = True
    opinion: str
    closing: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.review = None
        case.closing = self.closing
        case.reviewed_by = self.envelope.actor.id
        case.state = "reviewed"


@stored("cases.CaseClosed")
class CaseClosed(CaseEvent):
    """The office director closed the case. Its result is to be disclosed by `disclosure`; never, where it is against
    officials."""

    class_version = 2
    moves_the_loop = True
    on_time: bool
    disclosure: Deadline | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """There was always a date, which meant nothing where the case is against officials."""

    def apply(self, case: Case) -> None:
        case.closed_at = self.at
        case.disclosure = None if case.matter.against_officials else self.disclosure
        case.state = "closed"


@stored("cases.CaseTakenBack")
class CaseTakenBack(CaseEvent):
    """What the case came from is no more: the database of the service that told of it was put back to an earlier state.
    Nobody had acted on it. `because` refers to the producer's new timeline."""

    moves_the_loop = True
    decides = False
    because: str

    def apply(self, case: Case) -> None:
        case.transfer_deadline = case.feedback = case.first_step = None
        case.state = TAKEN_BACK


@stored("cases.CaseReopened")
class CaseReopened(CaseEvent):
    """A closed case runs again, with a new window. It is to be disclosed and assessed anew."""

    class_version = 2
    moves_the_loop = True
    reason: str
    feedback: Deadline
    first_step: Deadline | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """There was always a date of the first step; now there may be none."""

    def apply(self, case: Case) -> None:
        case.steps = 0
        case.return_refused_at = None
        case.closed_at = case.disclosure = case.disclosed_at = None
        case.assessed_at = case.assessed_in = None
        case.penalty_proceeding = None
        case.start_afresh(self.at)
        case.begin_window(self.feedback, self.first_step)
        case.state = "handling"


@stored("cases.CaseDisclosed")
class CaseDisclosed(CaseEvent):
    """An item about the case is public. `kind`: the `result`, on every channel; a `number` in which the case counts
    without a name, because what was alleged was not borne out (`disclosure` is empty); an `exposure`, no result."""

    moves_the_loop = True
    disclosure: str
    published_at: datetime
    kind: str = "result"

    def apply(self, case: Case) -> None:
        if self.kind != EXPOSURE:
            case.disclosed_at = self.published_at


@stored("cases.CaseAssessed")
class CaseAssessed(CaseEvent):
    """A published bulletin contains the case. `month` is `YYYY-MM`, or `final`."""

    moves_the_loop = True
    bulletin: str
    month: str

    def apply(self, case: Case) -> None:
        case.assessed_at = self.at
        case.assessed_in = self.month


@stored("cases.DecisionRecorded")
class DecisionRecorded(CaseEvent):
    """Decided on a closed case: a penalty whose proceeding ran on, the re-inspection of a suspension (`outcome`: passed
    | closure_proposed), a revocation, a closure."""

    decision: MeasureTaken
    outcome: str | None = None

    def apply(self, case: Case) -> None:
        case.decisions.append(Decision(self.decision, self.outcome))


@stored("cases.AccidentInvestigationOpened")
class AccidentInvestigationOpened(CaseEvent):
    """The accident that the case is about is investigated, by `level`: city | county. A unit that could not report
    without it has its whole window from now on (`feedback`, and `first_step` where one runs)."""

    moves_the_loop = True
    level: str
    number: str | None = None
    feedback: Deadline | None = None
    first_step: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.investigation = self.level
        case.feedback = self.feedback or case.feedback
        case.first_step = self.first_step or case.first_step
