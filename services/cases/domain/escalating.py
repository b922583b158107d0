"""Escalated verification (notice 六（二）): what time and suspicion raise, who verifies it, what was found."""

from __future__ import annotations

from services.cases.domain.authority import NEEDED
from services.cases.domain.errors import AnotherUnit, EvidenceMissing, HandlerVerifies, NotInThisSituation, TooLate
from services.cases.domain.events import (
    CaseReopened,
    EscalationCleared,
    EscalationFound,
    EscalationRaised,
    FalseClosureSuspected,
    ReplyGiven,
    VerificationAssigned,
)
from services.cases.domain.state import FALSE_CLOSURE, IDLE, OVERDUE, CaseState
from services.cases.domain.values import Deadline, Escalation
from shared.platform.event_store.envelope import Actor, Envelope

_RUNNING = ("transferred", "signed_for", "handling")


class Escalating(CaseState):
    """Raising, suspecting, replying, appointing, verifying."""

    # --- what time does ---

    def raise_overdue(self, envelope: Envelope) -> None:
        """No result was signed by the end of the feedback date: once per window."""
        missed = self.feedback
        if missed is not None and OVERDUE in self.timers() and missed.due <= envelope.at:
            self._raise(envelope, OVERDUE, missed)

    def raise_idle(self, envelope: Envelope) -> None:
        """Accepted, but no evidenced step by the date for it: once per window."""
        missed = self.first_step
        if missed is not None and IDLE in self.timers() and missed.due <= envelope.at:
            self._raise(envelope, IDLE, missed)

    def raise_false_closure(self, envelope: Envelope) -> None:
        """The right of reply is over and the suspicion stands: once per suspicion."""
        if self.suspicion is not None and self.suspicion.reply.due <= envelope.at:
            self._raise(envelope, FALSE_CLOSURE)

    # --- the suspicion of a false closure ---

    def suspect_false_closure(
        self, envelope: Envelope, *, text: str, source: str, evidence: tuple[str, ...], reply: Deadline
    ) -> None:
        """An independent check contradicts the closure; the unit may reply until `reply`."""
        self.check("suspect-false-closure", envelope)
        if not evidence:
            raise EvidenceMissing("提出虚假办结疑点须附证据（核实记录、照片或材料名称），请补充。")
        self.trigger_event(
            FalseClosureSuspected, envelope=envelope, text=text, source=source, evidence=evidence, reply=reply
        )

    def reply(self, envelope: Envelope, text: str, evidence: tuple[str, ...]) -> None:
        """The unit replies to the suspicion; it may add to its reply until the date."""
        self.check("reply", envelope)
        if self.suspicion is not None and self.suspicion.reply.due <= envelope.at:
            raise TooLate("申辩期已满，请在核查时向核查单位说明。")
        self.trigger_event(ReplyGiven, envelope=envelope, text=text, evidence=evidence)

    # --- verification ---

    def to_appoint(self, trigger: str | None) -> str:
        """The trigger of the escalation that an appointment would be for: the asked one or the oldest, and a suspicion
        that was replied to after those. Raises NotInThisSituation where none waits."""
        waiting = [one.trigger for one in self.unappointed]
        if self.suspicion is not None and self.suspicion.replied_at is not None:
            waiting.append(FALSE_CLOSURE)
        if not waiting or (trigger is not None and trigger not in waiting):
            raise NotInThisSituation(NEEDED["unappointed"])
        return trigger or waiting[0]

    def appoint_verification(self, envelope: Envelope, trigger: str, verifier: str, deadline: Deadline) -> None:
        """The office appoints who verifies. A suspicion that the unit has replied to is raised with that, without
        waiting for the end of its date."""
        self.check("appoint-verification", envelope)
        if verifier == self.unit:
            raise HandlerVerifies("承办单位不得核查自己的办理，请另选核查单位。")
        if self.to_appoint(trigger) == FALSE_CLOSURE and self.suspicion is not None:
            self._raise(envelope, FALSE_CLOSURE)
        found = next(one for one in self.unappointed if one.trigger == trigger)
        self.trigger_event(
            VerificationAssigned, envelope=envelope, n=found.n, trigger=trigger, verifier=verifier, deadline=deadline
        )

    def to_verify(self, actor: Actor, trigger: str | None) -> Escalation:
        """The escalation that a conclusion of this verifier would be for: of the asked trigger, or the oldest.

        Raises AnotherUnit where none is this verifier's.
        """
        for one in self.undecided:
            if one.verifier == actor.unit and trigger in (None, one.trigger):
                return one
        raise AnotherUnit("没有指定本单位核查的此类提级核查，请核对核查单位和情形。")

    def find(
        self,
        envelope: Envelope,
        trigger: str | None,
        *,
        text: str,
        evidence: tuple[str, ...],
        feedback: Deadline,
        first_step: Deadline,
    ) -> None:
        """The verifier bears the escalation out. The unit has a new window; a closed case is reopened, and one that was
        reported needs a new result."""
        one = self._verified(envelope, trigger, evidence)
        was_closed = self.state == "closed"
        self.trigger_event(
            EscalationFound, envelope=envelope, n=one.n, trigger=one.trigger, verifier=one.verifier, text=text,
            evidence=evidence, in_time=_in_time(one, envelope), feedback=feedback, first_step=first_step,
            state=self.state if self.state in _RUNNING else "handling",
        )  # fmt: skip
        if was_closed:
            self.trigger_event(
                CaseReopened, envelope=envelope, reason="提级核查属实，重新办理。", feedback=feedback,
                first_step=first_step,
            )  # fmt: skip

    def clear(
        self,
        envelope: Envelope,
        trigger: str | None,
        *,
        text: str,
        evidence: tuple[str, ...],
        feedback: Deadline,
        first_step: Deadline,
    ) -> None:
        """The verifier does not bear it out. A case that runs and whose date is over gets a new window; the date of the
        first evidenced step only if none was taken."""
        one = self._verified(envelope, trigger, evidence)
        is_without_date = self.state in _RUNNING and (self.feedback is None or self.feedback.due <= envelope.at)
        self.trigger_event(
            EscalationCleared, envelope=envelope, n=one.n, trigger=one.trigger, verifier=one.verifier, text=text,
            evidence=evidence, in_time=_in_time(one, envelope), feedback=feedback if is_without_date else None,
            first_step=first_step if is_without_date and self.first_step is not None else None,
        )  # fmt: skip

    def _verified(self, envelope: Envelope, trigger: str | None, evidence: tuple[str, ...]) -> Escalation:
        self.check("verify-escalation", envelope)
        one = self.to_verify(envelope.actor, trigger)
        if not evidence:
            raise EvidenceMissing("核查结论须附证据（核查记录、照片或材料名称），请补充。")
        return one

    def _raise(self, envelope: Envelope, trigger: str, missed: Deadline | None = None) -> None:
        n = len(self.escalations) + 1
        self.trigger_event(EscalationRaised, envelope=envelope, trigger=trigger, missed=missed, n=n, unit=self.unit)


def _in_time(one: Escalation, envelope: Envelope) -> bool:
    return one.deadline is not None and envelope.at < one.deadline.due
