"""The case: what it knows, and what may be done to it.

Every command method checks the table of authority and its own rules, then triggers events; it never asks for the time
(the envelope has it) and never computes a date (deadlines are given, because they follow the campaign's calendar).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.cases.domain import authority
from services.cases.domain.errors import (
    AlreadyDrafted,
    EvidenceMissing,
    NothingToSign,
    OfficialsOfThisUnit,
    StaleVersion,
)
from services.cases.domain.events import (
    CaseClosed,
    CaseNotSignedFor,
    CaseOpened,
    CaseReopened,
    CaseSignedFor,
    CaseTransferred,
    EscalationRaised,
    HandlerAssigned,
    HandlingStepRecorded,
    LetterDrafted,
    RemarkAdded,
    ResultDrafted,
    ResultRejected,
    ResultReported,
    ResultReviewed,
)
from services.cases.domain.values import Deadline, Letter, Matter, Officer, Result
from shared.event_store.envelope import Actor, Envelope
from shared.event_store.events import stored

OVERDUE = "overdue"
IDLE = "idle_after_acceptance"


@stored("cases.Case")
class Case(Aggregate):
    """One problem on its way through the closed loop."""

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
    escalated_at: datetime | None
    transfer_deadline: Deadline | None
    signing: Deadline | None
    first_step: Deadline | None
    feedback: Deadline | None
    review: Deadline | None
    disclosure: Deadline | None
    draft_letter: Letter | None
    draft_circumstance: str | None
    draft_feedback_by: date | None
    letter: Letter | None
    letters: list[str]
    handler: str | None
    station: str | None
    drafted_result: Result | None
    result: Result | None
    in_time: bool
    steps: int
    reminded: bool
    raised: list[str]
    escalations: list[str]

    def __init__(self) -> None:
        self.transferred_at = self.signed_for_at = self.reported_at = self.closed_at = self.escalated_at = None
        self.signing = self.first_step = self.feedback = self.review = self.disclosure = None
        self.draft_letter = self.draft_circumstance = self.draft_feedback_by = None
        self.letter = self.handler = self.station = self.drafted_result = self.result = None
        self.letters = []
        self.in_time = True
        self.steps = 0
        self.reminded = False
        self.raised = []
        self.escalations = []

    # --- opening and transfer ---

    @classmethod
    def open(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        origin: str,
        unit: str,
        group: str | None,
        matter: Matter,
        tip: str | None = None,
        in_period: bool = True,
        transfer: Deadline | None = None,
        feedback: Deadline | None = None,
    ) -> Self:
        """A new case. `transfer` is None where no transfer is needed: the unit found the problem itself."""
        return cls._create(
            CaseOpened, id=id, envelope=envelope, origin=origin, unit=unit, group=group, matter=matter,
            tip=tip, in_period=in_period, transfer_deadline=transfer, feedback=feedback,
        )  # fmt: skip

    def draft_transfer(
        self, envelope: Envelope, letter: Letter, circumstance: str | None = None, feedback_by: date | None = None
    ) -> None:
        """The office prepares the letter, and what sets its window, for the director's signature."""
        self._check("transfer", envelope)
        self._check_receiver(letter)
        if self.draft_letter is not None:
            raise AlreadyDrafted("交办书已拟好，待办公室主任签发；如需改动，请主任签发时一并修改。")
        self.trigger_event(
            LetterDrafted, envelope=envelope, letter=letter, circumstance=circumstance, feedback_by=feedback_by
        )

    def transfer(
        self,
        envelope: Envelope,
        *,
        letter: Letter,
        number: str,
        signed_off_by: Officer,
        feedback: Deadline,
        signing: Deadline,
        first_step: Deadline,
    ) -> None:
        """The director signs the letter off; it is numbered and dispatched at once."""
        self._check("transfer", envelope)
        self._check_receiver(letter)
        self.trigger_event(
            CaseTransferred, envelope=envelope, letter=letter, number=number, signed_off_by=signed_off_by,
            feedback=feedback, signing=signing, first_step=first_step,
        )  # fmt: skip

    def sign_for(self, envelope: Envelope, first_step: Deadline) -> None:
        """The unit signs for the letter."""
        self._check("sign-for", envelope)
        self.trigger_event(CaseSignedFor, envelope=envelope, deemed=False, first_step=first_step)

    # --- handling ---

    def assign_handler(self, envelope: Envelope, officer: str, station: str | None) -> None:
        """The unit names who handles the case."""
        self._check("assign-handler", envelope)
        self.trigger_event(HandlerAssigned, envelope=envelope, officer=officer, station=station)

    def record_step(
        self, envelope: Envelope, *, step: str, text: str, evidence: tuple[str, ...], taken_at: datetime | None
    ) -> None:
        """An evidenced step: it stops the clock of *accepted but not handled*."""
        self._check("record-step", envelope)
        if not evidence:
            raise EvidenceMissing("登记办理措施须附证据（文书编号、照片或材料名称）；没有证据的，请写备注。")
        self.trigger_event(
            HandlingStepRecorded, envelope=envelope, step=step, text=text, evidence=evidence, taken_at=taken_at
        )

    def remark(self, envelope: Envelope, text: str) -> None:
        """A remark; it stops no clock."""
        self._check("remark", envelope)
        self.trigger_event(RemarkAdded, envelope=envelope, text=text)

    def draft_result(self, envelope: Envelope, result: Result) -> None:
        """The handling officer drafts the result for the principal's signature."""
        self._check("report-result", envelope)
        self.trigger_event(ResultDrafted, envelope=envelope, result=result)

    def report_result(self, envelope: Envelope, result: Result | None, review: Deadline) -> None:
        """The principal signs the given result, or the drafted one."""
        self._check("report-result", envelope)
        signed = result or self.drafted_result
        if signed is None:
            raise NothingToSign("还没有拟好的办理结果。请填写办理结果后签字，或请承办人先拟稿。")
        in_time = self.feedback is None or envelope.at < self.feedback.due
        self.trigger_event(ResultReported, envelope=envelope, result=signed, in_time=in_time, review=review)

    def review_result(self, envelope: Envelope, opinion: str) -> None:
        """The supervising officer accepts the result."""
        self._check("review-result", envelope)
        self.trigger_event(ResultReviewed, envelope=envelope, opinion=opinion)

    def reject_result(self, envelope: Envelope, reason: str) -> None:
        """The supervising officer sends the result back; the original date stands."""
        self._check("reject-result", envelope)
        self.trigger_event(ResultRejected, envelope=envelope, reason=reason)

    def close(self, envelope: Envelope, disclosure: Deadline) -> None:
        """The director closes the case; the result is then to be disclosed."""
        self._check("close", envelope)
        self.trigger_event(CaseClosed, envelope=envelope, on_time=self.is_on_time, disclosure=disclosure)

    def reopen(self, envelope: Envelope, *, reason: str, feedback: Deadline, first_step: Deadline) -> None:
        """The director lets a closed case run again, with a new window."""
        self._check("reopen", envelope)
        self.trigger_event(CaseReopened, envelope=envelope, reason=reason, feedback=feedback, first_step=first_step)

    # --- what time does ---

    def deem_signed_for(self, envelope: Envelope, first_step: Deadline) -> None:
        """The signing window is over: remind the principal; the letter is deemed signed for."""
        if self.state == "transferred" and self.signing is not None and self.signing.due <= envelope.at:
            self.trigger_event(CaseNotSignedFor, envelope=envelope)
            self.trigger_event(CaseSignedFor, envelope=envelope, deemed=True, first_step=first_step)

    def raise_overdue(self, envelope: Envelope) -> None:
        """No result was signed by the end of the feedback date: once per window."""
        missed = self.feedback
        if missed is not None and OVERDUE in self.timers() and missed.due <= envelope.at:
            self.trigger_event(EscalationRaised, envelope=envelope, trigger=OVERDUE, missed=missed)

    def raise_idle(self, envelope: Envelope) -> None:
        """Accepted, but no evidenced step by the date for it: once per window."""
        missed = self.first_step
        if missed is not None and IDLE in self.timers() and missed.due <= envelope.at:
            self.trigger_event(EscalationRaised, envelope=envelope, trigger=IDLE, missed=missed)

    def timers(self) -> dict[str, datetime]:
        """The calls that this case now wants, by kind. A deadline in the past is called at once."""
        wanted: dict[str, datetime] = {}
        if self.state == "transferred" and self.signing is not None:
            wanted["signing"] = self.signing.due
        if self.first_step is not None and IDLE not in self.raised and self.state != "opened":
            wanted[IDLE] = self.first_step.due
        waiting = self.state in ("transferred", "signed_for", "handling")
        if self.feedback is not None and waiting and OVERDUE not in self.raised:
            wanted[OVERDUE] = self.feedback.due
        return wanted

    # --- what is known ---

    @property
    def is_on_time(self) -> bool:
        """Whether the result was signed before the feedback date."""
        return self.in_time and OVERDUE not in self.raised

    def check_command(self, command: str, actor: Actor, seen: int | None) -> None:
        """Everything that is asked before the command's own rules: who, then the version that the sender saw, then the
        state; so that nobody learns of another unit's case, and who was overtaken is told so. Raises as `check_may`,
        and StaleVersion."""
        authority.check_actor(command, actor, self.unit, self.group)
        if seen is not None and seen != self.version:
            raise StaleVersion(self.version)
        authority.check_may(command, actor, self.state, self.unit, self.group)

    # --- rules ---

    def _check(self, command: str, envelope: Envelope) -> None:
        authority.check_may(command, envelope.actor, self.state, self.unit, self.group)

    def _check_receiver(self, letter: Letter) -> None:
        if self.matter.against_officials and letter.unit == self.matter.concerned:
            raise OfficialsOfThisUnit("举报涉及该单位工作人员，不得交该单位办理。请改交其他单位或移送纪检监察机关。")
