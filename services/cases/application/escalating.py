"""Escalated verification: suspicions, replies, verifiers and their conclusions."""

from __future__ import annotations

from services.cases import commands, rules
from services.cases.application.base import Base
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Escalating(Base):
    """Commands of escalated verification."""

    def suspect_false_closure(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.SuspectFalseClosure
    ) -> None:
        """An independent check contradicts the closure."""
        case.suspect_false_closure(
            envelope, text=asked.text, source=asked.source, evidence=asked.evidence,
            reply=rules.the_unit_may_reply_to_a_suspicion(self.campaign, envelope.at),
        )  # fmt: skip

    def reply(self, _: Session, envelope: Envelope, case: Case, asked: commands.Reply) -> None:
        """The unit replies."""
        case.reply(envelope, asked.text, asked.evidence)

    def appoint_verification(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.AppointVerification
    ) -> None:
        """The office appoints who verifies, by default whom the campaign's rule names."""
        trigger = case.to_appoint(asked.trigger)
        known = rules.who_may_verify(self.campaign)
        verifier = asked.verifier or rules.the_responsible_group_verifies_unless_roles_conflict(
            self.campaign, case.matter, case.group, case.unit
        )
        if verifier is None or verifier not in known:
            raise Invalid("verifier", "核查单位须为督导工作组或可代为核查的单位，请另选。", known)
        deadline = rules.an_escalation_is_verified_in_time(self.campaign, envelope.at, trigger)
        case.appoint_verification(envelope, trigger, verifier, deadline)

    def verify_escalation(self, _: Session, envelope: Envelope, case: Case, asked: commands.VerifyEscalation) -> None:
        """The verifier concludes."""
        feedback, first_step = self._new_window(case, envelope.at)
        conclude = case.find if asked.found else case.clear
        conclude(
            envelope, asked.trigger, text=asked.text, evidence=asked.evidence, feedback=feedback, first_step=first_step
        )
