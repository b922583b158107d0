"""What the unit does with a case, and the later date that it may ask for."""

from __future__ import annotations

from services.cases import commands, rules
from services.cases.application.base import Base
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid, TooLate
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Handling(Base):
    """Commands of handling."""

    def assign_handler(self, _: Session, envelope: Envelope, case: Case, asked: commands.AssignHandler) -> None:
        """The unit names who handles the case."""
        known = tuple(person.id for person in self.campaign.people_with("county", case.unit))
        if asked.officer not in known:
            raise Invalid("officer", "承办人须为本单位承办人员。", known)
        stations = tuple(s.code for county in self.campaign.units if county.code == case.unit for s in county.stations)
        if asked.station is not None and asked.station not in stations:
            raise Invalid("station", "市场监管所须属于本单位。", stations)
        case.assign_handler(envelope, asked.officer, asked.station)

    def record_step(self, _: Session, envelope: Envelope, case: Case, asked: commands.RecordStep) -> None:
        """An evidenced step."""
        step = self._term("handling_steps", "step", asked.step)
        self._check_past("taken_at", asked.taken_at, envelope)
        case.record_step(envelope, step=str(step), text=asked.text, evidence=asked.evidence, taken_at=asked.taken_at)

    def remark(self, _: Session, envelope: Envelope, case: Case, asked: commands.Remark) -> None:
        """A remark."""
        case.remark(envelope, asked.text)

    def request_extension(self, _: Session, envelope: Envelope, case: Case, asked: commands.RequestExtension) -> None:
        """The unit asks for a later feedback date."""
        limit = self.campaign.limits.extension
        case.request_extension(
            envelope, until=asked.until, reason=asked.reason, at_most=limit.times, barred_while=limit.barred_while
        )
        if case.feedback is not None:
            rules.an_extension_stays_within_the_campaigns_window(self.campaign, case.feedback, asked.until)

    def grant_extension(self, _: Session, envelope: Envelope, case: Case, __: commands.GrantExtension) -> None:
        """The director grants it."""
        if case.feedback is None or case.extension_request is None:
            raise TooLate("此件没有可延的反馈期限，请核对编号。")
        until = case.extension_request.until
        feedback = rules.the_unit_answers_by_the_extended_date(self.campaign, case.feedback, until)
        case.grant_extension(envelope, feedback, self.campaign.limits.extension.barred_while)

    def refuse_extension(self, _: Session, envelope: Envelope, case: Case, asked: commands.RefuseExtension) -> None:
        """The original date stands."""
        case.refuse_extension(envelope, asked.text)

    def report_interim(self, _: Session, envelope: Envelope, case: Case, asked: commands.ReportInterim) -> None:
        """How far the unit is."""
        rules.a_plan_has_its_own_later_day(self.campaign, envelope.at, asked.planned_for)
        case.report_interim(envelope, asked.text, asked.plan, asked.planned_for)

    def decide_penalty_proceeding(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.DecidePenaltyProceeding
    ) -> None:
        """The principal decides whether a penalty proceeding is opened."""
        case.decide_penalty_proceeding(envelope, proceeding=asked.proceeding, number=asked.number, reason=asked.reason)
