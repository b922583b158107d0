"""What the unit does with a case, and the later date that it may ask for."""

from __future__ import annotations

from datetime import date, datetime

from services.cases.domain.authority import BARRING
from services.cases.domain.errors import EvidenceMissing, NotInThisSituation, OftenEnough, ReasonMissing, TooLate
from services.cases.domain.events import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    HandlerAssigned,
    HandlingStepRecorded,
    InterimReported,
    PenaltyProceedingDecided,
    RemarkAdded,
)
from services.cases.domain.state import CaseState
from services.cases.domain.values import Deadline
from shared.platform.event_store.envelope import Envelope


class Handling(CaseState):
    """Officers, steps, remarks, interim reports, extensions, the decision on a penalty proceeding."""

    def assign_handler(self, envelope: Envelope, officer: str, station: str | None) -> None:
        """The unit names who handles the case."""
        self.check("assign-handler", envelope)
        self.trigger_event(HandlerAssigned, envelope=envelope, officer=officer, station=station)

    def record_step(
        self, envelope: Envelope, *, step: str, text: str, evidence: tuple[str, ...], taken_at: datetime | None
    ) -> None:
        """An evidenced step: it stops the clock of *accepted but not handled*."""
        self.check("record-step", envelope)
        if not evidence:
            raise EvidenceMissing("登记办理措施须附证据（文书编号、照片或材料名称）；没有证据的，请写备注。")
        self.trigger_event(
            HandlingStepRecorded, envelope=envelope, step=step, text=text, evidence=evidence, taken_at=taken_at
        )

    def remark(self, envelope: Envelope, text: str) -> None:
        """A remark; it stops no clock."""
        self.check("remark", envelope)
        self.trigger_event(RemarkAdded, envelope=envelope, text=text)

    def report_interim(self, envelope: Envelope, text: str, plan: str | None, planned_for: date | None) -> None:
        """How far the unit is, with its plan. No clock moves, and it is not an evidenced step."""
        self.check("report-interim", envelope)
        self.trigger_event(InterimReported, envelope=envelope, text=text, plan=plan, planned_for=planned_for)

    def request_extension(
        self, envelope: Envelope, *, until: date, reason: str, at_most: int, barred_while: tuple[str, ...]
    ) -> None:
        """The unit asks, before its feedback date, for a later one; the date is moved `at_most` so many times."""
        self.check("request-extension", envelope)
        if self.extensions >= at_most:
            raise OftenEnough(f"每件只能延期 {at_most} 次。请按期反馈，可先作阶段性反馈并附整改计划。")
        self._check_extensible(envelope, barred_while)
        self.trigger_event(ExtensionRequested, envelope=envelope, until=until, reason=reason)

    def grant_extension(self, envelope: Envelope, feedback: Deadline, barred_while: tuple[str, ...]) -> None:
        """The director grants the asked date, as long as the old one is ahead."""
        self.check("grant-extension", envelope)
        self._check_extensible(envelope, barred_while)
        self.trigger_event(ExtensionGranted, envelope=envelope, feedback=feedback)

    def refuse_extension(self, envelope: Envelope, text: str) -> None:
        """The original date stands."""
        self.check("refuse-extension", envelope)
        self.trigger_event(ExtensionRefused, envelope=envelope, text=text)

    def decide_penalty_proceeding(
        self, envelope: Envelope, *, proceeding: bool, number: str | None, reason: str | None
    ) -> None:
        """The principal decides whether a penalty proceeding is opened; who opens none says why."""
        self.check("decide-penalty-proceeding", envelope)
        if not proceeding and not reason:
            raise ReasonMissing("不予立案须写明理由，请补充。")
        self.trigger_event(
            PenaltyProceedingDecided, envelope=envelope, proceeding=proceeding, number=number, reason=reason
        )

    def _check_extensible(self, envelope: Envelope, barred_while: tuple[str, ...]) -> None:
        """`barred_while` are the campaign's words: `escalated` while an escalation is undecided."""
        if "escalated" in barred_while and self.undecided:
            raise NotInThisSituation(BARRING["unappointed" if self.unappointed else "verifying"])
        if self.feedback is None or self.feedback.due <= envelope.at:
            raise TooLate("反馈期限已过，不再延期。请尽快反馈办理结果。")
