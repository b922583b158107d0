"""Internal events of *cases*: what *intake*, *assessment* and *notify* count, tell and draw."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from shared.kernel.contracts.clocks import DoneAmongUs, MissedAmongUs
from shared.kernel.contracts.steps import LoopStep
from shared.kernel.measures import MeasureTaken


class _CaseEvent(Struct, frozen=True, kw_only=True):
    case: str
    unit: str
    state: str


class _Dated(_CaseEvent, frozen=True, kw_only=True):
    """That may set the feedback date (`feedback_due`, exclusive). `stands_still`: it does not run before the accident
    is investigated, of which `AccidentInvestigationOpened` tells."""

    stands_still: bool = False


class Subject(Struct, frozen=True, kw_only=True):
    """What a case is about, as returns list it and as the commitments of its county are held against it (domain 5).
    `origin`: who found it (tip | inspection | unit). `found_at`: when; `told_at`: when the unit was told, by the letter
    that it has, or itself opened the case. `matter` is the sentence of the letter, redacted as in it; `major`: a major
    hazard, by the inspection or by the letter."""

    origin: str
    found_at: datetime
    told_at: datetime
    enterprise: str | None = None
    place: str | None = None
    matter: str = ""
    violation: str | None = None
    major: bool = False


class CaseOpened(_Dated, frozen=True, kw_only=True):
    """A case exists; `tip` links it to what was heard. `steps` is its loop as it begins: all seven, in order.
    `feedback_due` (exclusive) is there where no letter sets it: the unit found the problem itself. `danger`: somebody's
    life is in danger. `concerned` is the unit against whose officials it is: nobody there may know of it. `subject`: of
    what the unit found itself. The office sends a letter by `transfer_due`, where one is needed."""

    origin: str
    tip: str | None
    opened_at: datetime
    steps: tuple[LoopStep, ...] = ()
    feedback_due: datetime | None = None
    concerned: str | None = None
    danger: bool = False
    subject: Subject | None = None
    transfer_due: datetime | None = None


class CaseTransferred(_Dated, frozen=True, kw_only=True):
    """The letter went out. Due instants are exclusive. `circumstance`: major | mixed, where it lengthens the window.
    `first_report_due`: in danger to life. `subject`: what the letter is about."""

    letter: str
    transferred_at: datetime
    sign_for_due: datetime
    feedback_due: datetime
    circumstance: str | None = None
    first_report_due: datetime | None = None
    subject: Subject | None = None


class CaseNotSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """Not signed for in time: *notify* reminds the principal."""


class CaseSignedFor(_CaseEvent, frozen=True, kw_only=True):
    """Signed for, or deemed to be. `first_step_due`: None where no day is left for it before the feedback date."""

    deemed: bool
    signed_for_at: datetime
    first_step_due: datetime | None


class HandlingStepRecorded(_CaseEvent, frozen=True, kw_only=True):
    """An evidenced step."""

    step: str


class ResultReported(_CaseEvent, frozen=True, kw_only=True):
    """A result was signed by the unit's principal, in time or not. `conclusion`: borne_out | partly_borne_out |
    not_borne_out; None in what was signed before there were conclusions. The office reviews it by `review_due`."""

    reported_at: datetime
    in_time: bool
    conclusion: str | None = None
    review_due: datetime | None = None


class ResultRejected(_Dated, frozen=True, kw_only=True):
    """The result was sent back; the new one has this date, exclusive."""

    feedback_due: datetime | None = None


class ResultReviewed(_CaseEvent, frozen=True, kw_only=True):
    """The result was accepted. The director closes by `closing_due`; None while an escalation is undecided."""

    closing_due: datetime | None = None


class CaseClosed(_CaseEvent, frozen=True, kw_only=True):
    """The case was closed. `on_time`: the first result was signed before the feedback date.

    What a disclosure is drafted from goes along, redacted as in the letter: codes of the campaign's taxonomies, the
    unit's own words for the result. `disclosure_due` is exclusive; None: never. `conclusion` is the result's; `taken`
    are its measures with their facts, of which `measures` are the codes. `penalty_proceeding` without a penalty among
    them: it is under way, and `DecisionRecorded` will tell of its end."""

    closed_at: datetime
    on_time: bool
    disclosure_due: datetime | None
    letter: str | None = None
    enterprise: str | None = None
    place: str | None = None
    matter: str = ""
    violation: str | None = None
    target: str | None = None
    danger: bool = False
    result: str = ""
    measures: tuple[str, ...] = ()
    penalty_proceeding: bool | None = None
    conclusion: str | None = None
    taken: tuple[MeasureTaken, ...] = ()
    subject: Subject | None = None


class DecisionRecorded(_CaseEvent, frozen=True, kw_only=True):
    """Decided on a closed case. `outcome` of a re-inspection (the decision's measure is the suspension): passed |
    closure_proposed."""

    decision: MeasureTaken
    outcome: str | None = None
    recorded_at: datetime


class AccidentInvestigationOpened(_Dated, frozen=True, kw_only=True):
    """The accident that the case is about is investigated: `level` city | county. `feedback_due` (exclusive): the new
    feedback date of the unit that waited for it, where there is one."""

    level: str
    number: str | None = None
    opened_at: datetime
    feedback_due: datetime | None = None


class CaseReopened(_Dated, frozen=True, kw_only=True):
    """A closed case runs again, with a new feedback date."""

    feedback_due: datetime


class EscalationRaised(_CaseEvent, frozen=True, kw_only=True):
    """Escalated verification, the `n`-th of the case. `trigger`: overdue | idle_after_acceptance | false_closure. The
    office appoints a verifier by `appointment_due`."""

    trigger: str
    raised_at: datetime
    n: int = 1
    appointment_due: datetime | None = None


class ReturnRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks the office to take the letter back, for a coded reason; it answers by `answer_due`."""

    reason: str
    answer_due: datetime | None = None


class CaseReturned(_CaseEvent, frozen=True, kw_only=True):
    """The office took the letter back: its dates are void, the case waits for another letter, by `transfer_due`."""

    transfer_due: datetime | None = None


class ReturnRefused(_CaseEvent, frozen=True, kw_only=True):
    """The letter stays where it is. `first_report_due`: in danger to life, where one is owed still."""

    first_report_due: datetime | None = None


class ExtensionRequested(_CaseEvent, frozen=True, kw_only=True):
    """The unit asks for a later feedback date; the office answers by `answer_due`."""

    answer_due: datetime | None = None


class ExtensionGranted(_Dated, frozen=True, kw_only=True):
    """A later feedback date, exclusive."""

    feedback_due: datetime


class ExtensionRefused(_Dated, frozen=True, kw_only=True):
    """The date stands; or it is this one, exclusive, where the answer came too late for it."""

    feedback_due: datetime | None = None


class InterimReported(_CaseEvent, frozen=True, kw_only=True):
    """The unit told how far it is; `planned_for` is the last day of its own plan. No date moves yet; where the
    plan asks for that, the office answers by `answer_due`."""

    planned_for: date | None = None
    answer_due: datetime | None = None


class PlanApproved(_Dated, frozen=True, kw_only=True):
    """The day of the plan is the feedback date, exclusive."""

    feedback_due: datetime


class PlanRefused(_Dated, frozen=True, kw_only=True):
    """The date stands; or it is this one, exclusive, where the answer came too late for it."""

    feedback_due: datetime | None = None


class PenaltyProceedingDecided(_CaseEvent, frozen=True, kw_only=True):
    """Whether a penalty proceeding is opened (立案、不予立案)."""

    proceeding: bool
    decided_at: datetime


class FalseClosureSuspected(_CaseEvent, frozen=True, kw_only=True):
    """An independent check contradicts the closure: the unit may reply until `reply_due` (exclusive)."""

    reply_due: datetime


class VerificationAssigned(_CaseEvent, frozen=True, kw_only=True):
    """`verifier` (a group or the enforcement team) is to verify what was escalated, until `verify_due` (exclusive)."""

    trigger: str
    verifier: str
    verify_due: datetime
    n: int = 1


class EscalationFound(_Dated, frozen=True, kw_only=True):
    """The verification bears out the escalation. A new feedback window follows. `subject`: of a false closure."""

    trigger: str
    verifier: str
    found_at: datetime
    in_time: bool
    feedback_due: datetime
    subject: Subject | None = None


class EscalationCleared(_Dated, frozen=True, kw_only=True):
    """The verification does not bear it out; an overdue one had a good reason. `lapsed`: nobody verified it, the letter
    was taken back. While the case runs, a new feedback window follows; one that was reviewed is closed by
    `closing_due`."""

    trigger: str
    verifier: str
    cleared_at: datetime
    in_time: bool
    feedback_due: datetime | None = None
    lapsed: bool = False
    closing_due: datetime | None = None


class AccountabilityImposed(_CaseEvent, frozen=True, kw_only=True):
    """Units and individuals were held to account, on a ground of the campaign. `people` counts individuals."""

    ground: str
    actions: tuple[str, ...]
    units: tuple[str, ...]
    people: int
    imposed_at: datetime


class KeySupervisionStarted(_CaseEvent, frozen=True, kw_only=True):
    """A group supervises the case closely until it concludes; it re-checks by `recheck_due` (exclusive)."""

    group: str
    recheck_due: datetime


class KeySupervisionEnded(_CaseEvent, frozen=True, kw_only=True):
    """The group concluded."""

    group: str


class OfficeClockMissed(MissedAmongUs, frozen=True, kw_only=True):
    """The office did not do in time what it owed on a case. `n` is the escalation that waits for its verifier."""

    case: str
    n: int | None = None


class OfficeClockDone(DoneAmongUs, frozen=True, kw_only=True):
    """The office did what it owed on a case, in time or late. `n` is the escalation that has its verifier."""

    case: str
    n: int | None = None


class FirstReportMissed(_CaseEvent, frozen=True, kw_only=True):
    """A life is in danger, and the unit has told nothing by the end of the next working day (`missed_due`)."""

    missed_due: datetime


class CaseTakenBack(_CaseEvent, frozen=True, kw_only=True):
    """No longer anything: its source is no more, and nobody had acted on it."""


class CaseDisclosed(_CaseEvent, frozen=True, kw_only=True):
    """An item about the case was published. `kind`: result | number (not borne out, no name) | exposure; the last of
    them is no disclosure of a result."""

    disclosed_at: datetime
    kind: str = "result"


class CaseAssessed(_CaseEvent, frozen=True, kw_only=True):
    """A published bulletin contains the case: its loop is closed once it is disclosed as well."""

    bulletin: str
    month: str


class LoopMoved(_CaseEvent, frozen=True, kw_only=True):
    """All seven steps of one case after a change. Not stored: derived from the case's events."""

    tip: str | None
    version: int
    steps: tuple[LoopStep, ...]
