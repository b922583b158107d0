"""The case: what it knows, what follows from it, and what befalls it by time or through others.

What people may do to it is in `handlers`. Nothing here asks for the time (the envelope has it) or computes a date
(deadlines are given, because they follow the campaign's calendar).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate
from msgspec.structs import replace

from services.cases.domain import office
from services.cases.domain.authority import Parties
from services.cases.domain.errors import OfficialsOfThisUnit
from services.cases.domain.events.base import CaseEvent
from services.cases.domain.events.concluding import EXPOSURE, TAKEN_BACK, CaseAssessed, CaseDisclosed, CaseTakenBack
from services.cases.domain.events.escalating import EscalationRaised
from services.cases.domain.events.transferring import CaseNotSignedFor, CaseOpened, CaseSignedFor
from services.cases.domain.values import (
    Deadline,
    Decision,
    Escalation,
    Extension,
    KeySupervision,
    Letter,
    Matter,
    Plan,
    Result,
    Suspicion,
)
from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.events import begin, stored

OVERDUE = "overdue"
IDLE = "idle_after_acceptance"
FALSE_CLOSURE = "false_closure"
REPLY, SIGNING, FIRST_REPORT = "reply", "signing", office.FIRST_REPORT
"""The timers of the right of reply, of signing for a letter and of the first report in danger to life; the others are
named after what they raise, those of the office after its clocks."""


@stored("cases.Case")
class Case(Aggregate):
    """One problem on its way through the closed loop. All attributes are annotated: snapshots depend on that."""

    state: str
    origin: str
    unit: str
    group: str | None
    matter: Matter
    tip: str | None
    in_period: bool
    opened_at: datetime
    transferred_at: datetime | None
    signed_for_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    restarted_at: datetime | None
    escalated_before: int
    disclosed_at: datetime | None
    assessed_at: datetime | None
    assessed_in: str | None
    transfer_deadline: Deadline | None
    returnable: Deadline | None
    signing: Deadline | None
    first_step: Deadline | None
    feedback: Deadline | None
    first_report: Deadline | None
    return_answer: Deadline | None
    review: Deadline | None
    closing: Deadline | None
    disclosure: Deadline | None
    draft_letter: Letter | None
    draft_circumstance: str | None
    draft_feedback_by: date | None
    letter: Letter | None
    letters: list[str]
    return_requested_at: datetime | None
    return_refused_at: datetime | None
    returns: int
    extension_request: Extension | None
    extensions: int
    handler: str | None
    station: str | None
    planned_for: date | None
    plan: Plan | None
    respite: bool
    penalty_proceeding: bool | None
    had_proceeding: bool
    needs_investigation: str | None
    investigation: str | None
    decisions: list[Decision]
    drafted_result: Result | None
    result: Result | None
    in_time: bool
    steps: int
    reminded: bool
    raised: list[str]
    escalations: list[Escalation]
    suspicion: Suspicion | None
    key_supervision: KeySupervision | None
    acted: dict[str, list[tuple[str, str]]]
    suspected_by: list[str]
    reviewed_by: str | None
    office: dict[str, OfficeDate]
    office_done: list[DoneDate]

    def __init__(self) -> None:
        self.transferred_at = self.signed_for_at = self.reported_at = self.closed_at = self.restarted_at = None
        self.disclosed_at = self.assessed_at = self.assessed_in = None
        self.returnable = self.signing = self.first_step = self.feedback = self.review = self.disclosure = None
        self.draft_letter = self.draft_circumstance = self.draft_feedback_by = None
        self.letter = self.handler = self.station = self.drafted_result = self.result = None
        self.letters = []
        self.return_requested_at = self.return_refused_at = self.extension_request = self.planned_for = None
        self.penalty_proceeding = self.needs_investigation = self.investigation = None
        self.decisions = []
        self.returns = self.extensions = self.steps = 0
        self.in_time = True
        self.reminded = self.respite = self.had_proceeding = False
        self.raised = []
        self.escalations = []
        self.suspicion = self.key_supervision = None
        self.plan = self.reviewed_by = None
        self.first_report = self.return_answer = self.closing = None
        self.office = {}
        self.office_done = []
        self.escalated_before = 0
        self.acted = {}
        self.suspected_by = []

    # --- what is known ---

    @property
    def is_on_time(self) -> bool:
        """Whether the result was signed before the feedback date, and that date had not been missed before: the new
        window after a finding does not make up for the first. A reopened or returned case starts afresh."""
        since = self.escalations[self.escalated_before :]
        return self.in_time and not any(one.trigger == OVERDUE and one.outcome != "cleared" for one in since)

    def start_afresh(self, at: datetime) -> None:
        """Reopened or returned: what was raised before, at this very instant too, does not count for what comes."""
        self.restarted_at = at
        self.escalated_before = len(self.escalations)

    @property
    def undecided(self) -> list[Escalation]:
        """The escalations that no verifier has found or cleared yet, the oldest first."""
        return [one for one in self.escalations if one.outcome is None]

    @property
    def unappointed(self) -> list[Escalation]:
        """Those that wait for the office to appoint who verifies."""
        return [one for one in self.undecided if one.verifier is None]

    @property
    def is_owed_an_answer(self) -> bool:
        """Whether the unit asked in time for a later feedback date, and the office has not answered yet."""
        return self.extension_request is not None or self.plan is not None

    @property
    def awaits_investigation(self) -> bool:
        """Whether the unit cannot report, because the accident is not investigated yet."""
        return self.needs_investigation is not None and self.investigation is None

    @property
    def taken(self) -> tuple[MeasureTaken, ...]:
        """The measures of the result and what was decided after a closing, with their facts; a re-inspection is none,
        and what a later result says again is told once."""
        of_result = self.result.taken if self.result is not None else ()
        told = {(one.measure, one.number) for one in of_result}
        later = (one.decision for one in self.decisions if one.outcome is None)
        return (*of_result, *(one for one in later if (one.measure, one.number) not in told))

    @property
    def is_supervised(self) -> bool:
        """Whether a group supervises the case closely now."""
        return self.key_supervision is not None and self.key_supervision.ended_at is None

    @property
    def parties(self) -> Parties:
        """The units that the case concerns: whose it is, who verifies, who supervises."""
        key = self.key_supervision
        return Parties(
            unit=self.unit,
            group=self.group,
            verifiers=tuple([one.verifier for one in self.escalations if one.verifier]),
            verifying=tuple([one.verifier for one in self.undecided if one.verifier]),
            supervisor=key.group if key else None,
            concerned=self.matter.concerned,
        )

    @property
    def situations(self) -> frozenset[str]:
        """What is now the case, in the words of `authority.NEEDED` and `authority.BARRING`."""
        suspicion, undecided, unappointed = self.suspicion, self.undecided, self.unappointed
        holds = {
            "return_requested": self.return_requested_at is not None,
            "extension_requested": self.extension_request is not None,
            "plan_proposed": self.plan is not None,
            "penalty_decided": self.penalty_proceeding is not None,
            "investigated": self.investigation is not None,
            "suspected": suspicion is not None,
            "replied": suspicion is not None and suspicion.replied_at is not None,
            "unappointed": bool(unappointed),
            "verifying": len(undecided) > len(unappointed),
            "found": any(one.outcome == "found" for one in self.escalations),
            "key_supervision": self.is_supervised,
            "was_supervised": self.key_supervision is not None,
            "loop_over": self.state == "closed" and self.assessed_in is not None,
        }
        return frozenset(name for name, is_so in holds.items() if is_so)

    def timers(self) -> dict[str, datetime]:
        """The calls that this case now wants, by kind. A deadline in the past is called at once."""
        wanted: dict[str, datetime] = {}
        if self.state == "transferred" and self.signing is not None:
            wanted[SIGNING] = self.signing.due
        accepted = self.state in ("signed_for", "handling") and self.return_requested_at is None
        if self.first_step is not None and accepted and IDLE not in self.raised:
            wanted[IDLE] = self.first_step.due
        owed = self.is_owed_an_answer or self.awaits_investigation
        waiting = self.state in ("transferred", "signed_for", "handling") and not owed
        if self.feedback is not None and waiting and OVERDUE not in self.raised:
            wanted[OVERDUE] = self.feedback.due
        if self.suspicion is not None:
            wanted[REPLY] = self.suspicion.reply.due
        running = self.state in ("transferred", "signed_for", "handling") and self.return_requested_at is None
        if self.first_report is not None and running:
            wanted[FIRST_REPORT] = self.first_report.due
        for key, one in self.office.items():
            if one.call is not None:
                wanted[f"{office.PREFIX}{key}"] = one.call
        return wanted

    # --- what befalls it ---

    @classmethod
    def open(
        cls, envelope: Envelope, *, id: UUID, origin: str, unit: str, group: str | None, matter: Matter,
        tip: str | None = None, in_period: bool = True, transfer: Deadline | None = None,
        feedback: Deadline | None = None, investigation: str | None = None,
    ) -> Self:  # fmt: skip
        """A new case. `transfer` is None where no transfer is needed: the unit found the problem itself.
        `investigation`: who must investigate the accident that it is about."""
        return begin(
            cls, CaseOpened, id=id, envelope=envelope, origin=origin, unit=unit, group=group, matter=matter, tip=tip,
            in_period=in_period, transfer_deadline=transfer, feedback=feedback, investigation=investigation,
        )  # fmt: skip

    def deem_signed_for(self, envelope: Envelope, first_step: Deadline | None) -> None:
        """The signing window is over: remind the principal; the letter is deemed signed for."""
        if self.state == "transferred" and self.signing is not None and self.signing.due <= envelope.at:
            self.trigger_event(CaseNotSignedFor, envelope=envelope)
            self.trigger_event(CaseSignedFor, envelope=envelope, deemed=True, first_step=first_step)

    def raise_overdue(self, envelope: Envelope, appointment: Deadline | None = None) -> None:
        """No result was signed by the end of the feedback date: once per window."""
        missed = self.feedback
        if missed is not None and OVERDUE in self.timers() and missed.due <= envelope.at:
            self.escalate(envelope, OVERDUE, appointment, missed)

    def raise_idle(self, envelope: Envelope, appointment: Deadline | None = None) -> None:
        """Accepted, but no evidenced step by the date for it: once per window."""
        missed = self.first_step
        if missed is not None and IDLE in self.timers() and missed.due <= envelope.at:
            self.escalate(envelope, IDLE, appointment, missed)

    def raise_false_closure(self, envelope: Envelope, appointment: Deadline | None = None) -> None:
        """The right of reply is over and the suspicion stands: once per suspicion."""
        if self.suspicion is not None and self.suspicion.reply.due <= envelope.at:
            self.escalate(envelope, FALSE_CLOSURE, appointment)

    def escalate(
        self, envelope: Envelope, trigger: str, appointment: Deadline | None = None, missed: Deadline | None = None
    ) -> None:  # fmt: skip
        """Escalated verification (notice 六（二）), the next of this case; the office appoints by `appointment`."""
        self.trigger_event(
            EscalationRaised, envelope=envelope, trigger=trigger, missed=missed, n=len(self.escalations) + 1,
            unit=self.unit, appointment=appointment,
        )  # fmt: skip

    def disclosed(
        self, envelope: Envelope, disclosure: str, published_at: datetime, kind: str = "result"
    ) -> None:  # fmt: skip
        """An item about the case is public: its result, or an exposure, in whatever state it is. What was published of
        an earlier closing says nothing of this one."""
        awaited = self.closed_at is not None and self.disclosed_at is None and published_at >= self.closed_at
        if awaited or kind == EXPOSURE:
            self.trigger_event(
                CaseDisclosed, envelope=envelope, disclosure=disclosure, published_at=published_at, kind=kind
            )  # fmt: skip

    def assessed(self, envelope: Envelope, bulletin: str, month: str) -> None:
        """A published bulletin contains the case: once for each closing."""
        if self.closed_at is not None and self.assessed_in is None:
            self.trigger_event(CaseAssessed, envelope=envelope, bulletin=bulletin, month=month)

    def take_back(self, envelope: Envelope, because: str) -> None:
        """There is no longer anything that the case is about."""
        if self.state != TAKEN_BACK:
            self.trigger_event(CaseTakenBack, envelope=envelope, because=because)

    def check_receiver(self, letter: Letter) -> None:
        """Raise OfficialsOfThisUnit: a matter against a unit's officials is never sent to that unit."""
        if self.matter.against_officials and letter.unit == self.matter.concerned:
            raise OfficialsOfThisUnit("举报涉及该单位工作人员，不得交该单位办理。请改交其他单位或移送纪检监察机关。")

    # --- what several events do ---

    def settle_office(self, event: CaseEvent) -> None:
        """What the office owes follows from where the case stands."""
        office.settle(self, event)

    def note_who_acted(self, actor: Actor) -> None:
        """Somebody decided a step in a seat (role, unit). A rule has no interests."""
        if actor.role != "system":
            seats = self.acted.setdefault(actor.id, [])
            if (actor.role, actor.unit) not in seats:
                seats.append((actor.role, actor.unit))

    def begin_window(self, feedback: Deadline, first_step: Deadline | None) -> None:
        """A new feedback date: what was missed before does not count for it, a result is to be signed anew, and a later
        date that was asked for the old one has lapsed."""
        self.feedback = feedback
        self.first_step = first_step
        self.raised = []
        self.result = self.reported_at = self.review = None
        self.extension_request = self.plan = self.closing = None
        self.in_time = True
        self.respite = False

    def leave_time(self, feedback: Deadline | None) -> None:
        """The office refused a later date. Where its answer came too late for the old one, there is a new one, once in
        a window: whoever could ask again and again would have no date at all."""
        if feedback is not None and self.feedback is not None:
            self.respite = self.respite or feedback.due > self.feedback.due
            self.feedback = feedback

    def conclude(self, n: int, outcome: str, at: datetime, *, lapsed: bool = False) -> None:
        """The `n`-th escalation is decided, or has lapsed."""
        self.escalations[n - 1] = replace(self.escalations[n - 1], outcome=outcome, decided_at=at, lapsed=lapsed)
