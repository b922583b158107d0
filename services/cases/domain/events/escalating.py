"""Escalated verification (notice 六（二）): raised, appointed, found or cleared; the suspicion of a false closure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from services.cases.domain.events.base import CaseEvent
from services.cases.domain.values import Deadline, Escalation, Suspicion
from shared.platform.event_store.events import stored

if TYPE_CHECKING:
    from services.cases.domain.case import Case


@stored("cases.EscalationRaised")
class EscalationRaised(CaseEvent):
    """The case is under escalated verification, the `n`-th of this case, while `unit` answered for it. `missed` is the
    deadline that was not kept; a falsely closed case missed none. The office appoints a verifier by `appointment`."""

    moves_the_loop = True
    trigger: str
    missed: Deadline | None = None
    n: int = 1
    unit: str = ""
    appointment: Deadline | None = None

    def apply(self, case: Case) -> None:
        case.raised.append(self.trigger)
        unit = self.unit or case.unit
        case.escalations.append(Escalation(self.n, self.trigger, self.at, appointment=self.appointment, unit=unit))
        case.suspicion = None


@stored("cases.FalseClosureSuspected")
class FalseClosureSuspected(CaseEvent):
    """An independent check contradicts a material claim of the closure. The unit may reply until `reply`; the suspicion
    is told to nobody outside before that."""

    text: str
    source: str
    evidence: tuple[str, ...]
    reply: Deadline

    def apply(self, case: Case) -> None:
        case.suspicion = Suspicion(self.source, self.reply)
        case.suspected_by.append(self.envelope.actor.id)


@stored("cases.ReplyGiven")
class ReplyGiven(CaseEvent):
    """The unit's reply to the suspicion."""

    text: str
    evidence: tuple[str, ...]

    def apply(self, case: Case) -> None:
        if case.suspicion is not None:
            case.suspicion = Suspicion(case.suspicion.source, case.suspicion.reply, self.at)


@stored("cases.VerificationAssigned")
class VerificationAssigned(CaseEvent):
    """The office appointed who verifies the `n`-th escalation, until `deadline`."""

    moves_the_loop = True
    n: int
    trigger: str
    verifier: str
    deadline: Deadline

    def apply(self, case: Case) -> None:
        before = case.escalations[self.n - 1]
        case.escalations[self.n - 1] = replace(before, verifier=self.verifier, deadline=self.deadline)


@stored("cases.EscalationFound")
class EscalationFound(CaseEvent):
    """The verification bears the escalation out. The unit has a new window; `state` is where the case stands after."""

    class_version = 2
    moves_the_loop = True
    n: int
    trigger: str
    verifier: str
    text: str
    evidence: tuple[str, ...]
    in_time: bool
    state: str
    feedback: Deadline
    first_step: Deadline | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """There was always a date of the first step; now there may be none."""

    def apply(self, case: Case) -> None:
        case.conclude(self.n, "found", self.at)
        case.begin_window(self.feedback, self.first_step)
        case.state = self.state


@stored("cases.EscalationCleared")
class EscalationCleared(CaseEvent):
    """The verification does not bear the escalation out, or accepts the reason. A case that runs without a date gets a
    new window; one that was reviewed meanwhile, and of which nothing is undecided any more, is closed by `closing`."""

    moves_the_loop = True
    n: int
    trigger: str
    verifier: str
    text: str
    evidence: tuple[str, ...]
    in_time: bool
    feedback: Deadline | None = None
    first_step: Deadline | None = None
    closing: Deadline | None = None

    @property
    def lapsed(self) -> bool:
        """Whether nobody verified it, because the letter was taken back: a verification has evidence."""
        return not self.evidence

    def apply(self, case: Case) -> None:
        case.conclude(self.n, "cleared", self.at, lapsed=self.lapsed)
        case.closing = self.closing or case.closing
        if self.feedback is not None:
            case.begin_window(self.feedback, self.first_step)
