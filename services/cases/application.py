"""What *cases* does: one method per command. Load, one call of the domain, save; all in the lane's transaction.

Each method takes the session, the envelope and what was asked; it returns what the asker is told. Dates come from the
campaign's rules, names from its people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.cases import commands, letters, rules
from services.cases.domain.authority import OPENERS
from services.cases.domain.case import IDLE, OVERDUE, Case
from services.cases.domain.errors import AnotherUnit, Invalid, OfficialsOfThisUnit, WrongRole
from services.cases.domain.letter_register import LetterRegister
from services.cases.domain.values import Matter, Result
from shared.campaign import Campaign
from shared.contracts.internal.intake import TipTriaged
from shared.documents.letter import LetterFactsError
from shared.event_store.envelope import Envelope, system
from shared.event_store.ids import new_id
from shared.event_store.session import Session
from shared.event_store.unit_of_work import Timer
from shared.messaging.engine import Clock
from shared.messaging.inbox import Received

Told = dict[str, Any]
AGAINST_OFFICIALS = "against_officials"


class Cases:
    """The application of *cases*."""

    def __init__(self, campaign: Campaign, clock: Clock) -> None:
        self.campaign = campaign
        self._clock = clock
        self._counties = dict.fromkeys(county.code for county in campaign.units)
        self.commands: dict[str, Callable[[Session, Envelope, Case, Any], None]] = {
            "transfer": self.transfer,
            "sign-for": self.sign_for,
            "assign-handler": self.assign_handler,
            "record-step": self.record_step,
            "remark": self.remark,
            "report-result": self.report_result,
            "review-result": self.review_result,
            "reject-result": self.reject_result,
            "close": self.close,
            "reopen": self.reopen,
        }

    # --- opening ---

    def open_from_tip(self, session: Session, tip: TipTriaged, received: Received) -> None:
        """A triaged tip becomes a case."""
        now = max(self._clock.now(), received.at)
        against = tip.against_officials or AGAINST_OFFICIALS in tip.matters
        matter = Matter(
            text=tip.matter, source=tip.source, received_at=tip.received_at, enterprise=tip.enterprise,
            place=tip.place, violation=tip.violation, target=tip.target, matters=tip.matters, danger=tip.danger,
            against_officials=against, external_no=tip.external_no, concerned=tip.unit if against else None,
        )  # fmt: skip
        unit = letters.first_unit(self.campaign, matter, tip.unit)
        cause = f"{received.producer}:{received.sequence}"
        envelope = self._system("a_triaged_tip_becomes_a_case", now, cause, correlation=tip.tip)
        transfer = rules.a_triaged_tip_is_transferred_in_time(self.campaign, tip.triaged_at, matter)
        session.save(
            Case.open(
                envelope, id=new_id(), origin="tip", unit=unit, group=letters.group_of(self.campaign, unit),
                matter=matter, tip=tip.tip, in_period=tip.in_period, transfer=transfer,
            )
        )  # fmt: skip

    def open_found(self, session: Session, envelope: Envelope, asked: commands.Open) -> Told:
        """A problem that an inspection or the unit itself found. The unit's own needs no transfer."""
        actor = envelope.actor
        if actor.role not in OPENERS:
            raise WrongRole("直接登记问题由县级局、督导工作组或市局办公室办理；群众举报请走举报入口。")
        origin = OPENERS[actor.role]
        unit = asked.unit or (actor.unit if origin == "unit" else None)
        self._check_unit(unit)
        if unit is None or (origin == "unit" and unit != actor.unit):
            raise AnotherUnit("只能登记本单位发现的问题。")
        if actor.role == "group" and unit not in self.campaign.group(actor.unit).units:
            raise AnotherUnit("只能登记本督导工作组负责县（市、区）的问题。")
        against = AGAINST_OFFICIALS in asked.matters
        if against and origin == "unit":
            raise OfficialsOfThisUnit("涉及本单位工作人员的问题不得由本单位办理。请报市局办公室，或移送纪检监察机关。")
        self._check_past("found_at", asked.found_at, envelope)
        matter = Matter(
            text=asked.matter, source="inspection" if origin == "inspection" else "unit",
            received_at=asked.found_at or envelope.at, enterprise=asked.enterprise, place=asked.place,
            violation=self._term("violations", "violation", asked.violation),
            target=self._term("targets", "target", asked.target),
            matters=tuple(str(self._term("matters", "matters", code)) for code in asked.matters), danger=asked.danger,
            against_officials=against, concerned=unit if against else None,
        )  # fmt: skip
        unit = letters.first_unit(self.campaign, matter, unit)
        transfer = feedback = None
        if origin == "inspection":
            transfer = rules.a_triaged_tip_is_transferred_in_time(self.campaign, envelope.at, matter)
        else:
            feedback = rules.the_unit_answers_by_the_letters_date(self.campaign, envelope.at, None, None)
        case = Case.open(
            envelope, id=new_id(), origin=origin, unit=unit, group=letters.group_of(self.campaign, unit), matter=matter,
            in_period=self.campaign.covers(envelope.at), transfer=transfer, feedback=feedback,
        )  # fmt: skip
        session.save(case)
        return told(case)

    # --- one method per command on a case ---

    def run(
        self, session: Session, command: str, id_: UUID, version: int | None, envelope: Envelope, body: Any
    ) -> Told:
        """Load the case, check who may, give the command, save. `version` is the one that the sender saw, if told."""
        case = session.get(Case, id_)
        case.check_command(command, envelope.actor, version)
        self.commands[command](session, envelope, case, body)
        session.save(case)
        return told(case)

    def transfer(self, session: Session, envelope: Envelope, case: Case, asked: commands.Transfer) -> None:
        """The office drafts the letter; the director signs it off, and with that it is numbered and dispatched."""
        self._term("circumstances", "circumstance", asked.circumstance)
        if not case.matter.against_officials:
            self._check_unit(asked.unit or case.unit)
        untouched = not asked.model_fields_set
        wanted = letters.with_draft(case, asked)
        letter = case.draft_letter if untouched and case.draft_letter else letters.compose(self.campaign, case, wanted)
        feedback = rules.the_unit_answers_by_the_letters_date(
            self.campaign, envelope.at, wanted.circumstance, wanted.feedback_by
        )
        if envelope.actor.role != "director":
            case.draft_transfer(envelope, letter, wanted.circumstance, wanted.feedback_by)
            return
        year = envelope.at.astimezone(self.campaign.zone).year
        register = session.find(LetterRegister, LetterRegister.id_of(self.campaign.id, letter.form, year))
        if register is None:
            register = LetterRegister.open(envelope, self.campaign.id, letter.form, year)
        number = self.campaign.letter_number(letter.form, year, register.next)
        try:
            letters.facts_of(letter, number, feedback.due_date.last_day, envelope.at)
        except LetterFactsError as error:
            raise Invalid("matter", str(error)) from error
        case.transfer(
            envelope,
            letter=letter,
            number=number,
            signed_off_by=letters.officer(self.campaign, self._director(letter.form)),
            feedback=feedback,
            signing=rules.a_letter_is_signed_for_in_time(self.campaign, envelope.at),
            first_step=rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, None, feedback),
        )
        register.give(envelope, number, case.id)
        session.save(register)

    def sign_for(self, _: Session, envelope: Envelope, case: Case, __: commands.SignFor) -> None:
        """The unit signs for the letter."""
        case.sign_for(envelope, self._first_step(case, envelope.at))

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

    def report_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.ReportResult) -> None:
        """The handling officer drafts; the principal signs."""
        measures = tuple(str(self._term("measures", "measures", code)) for code in asked.measures)
        result = Result(asked.text, measures, asked.evidence) if asked.text else None
        if envelope.actor.role == "principal":
            case.report_result(envelope, result, rules.a_result_is_reviewed_in_time(self.campaign, envelope.at))
        elif result is None:
            raise Invalid("text", "请填写办理结果。")
        else:
            case.draft_result(envelope, result)

    def review_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.ReviewResult) -> None:
        """The supervising officer accepts the result."""
        case.review_result(envelope, asked.opinion)

    def reject_result(self, _: Session, envelope: Envelope, case: Case, asked: commands.RejectResult) -> None:
        """The supervising officer sends the result back."""
        case.reject_result(envelope, asked.reason)

    def close(self, _: Session, envelope: Envelope, case: Case, __: commands.Close) -> None:
        """The director closes the case."""
        case.close(envelope, rules.a_result_is_disclosed_in_time(self.campaign, envelope.at))

    def reopen(self, _: Session, envelope: Envelope, case: Case, asked: commands.Reopen) -> None:
        """The director lets a closed case run again."""
        feedback = rules.the_unit_answers_by_the_letters_date(self.campaign, envelope.at, None, asked.feedback_by)
        first_step = rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, envelope.at, feedback)
        case.reopen(envelope, reason=asked.reason, feedback=feedback, first_step=first_step)

    # --- what time does ---

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """Answer a due timer. What fell due in a downtime is dated when it is noticed; the deadline says the rest."""
        case = session.get(Case, timer.stream)
        envelope = self._system(_TIMER_RULES[timer.kind], now, f"timer:{timer.id}", correlation=case.tip)
        if timer.kind == OVERDUE:
            case.raise_overdue(envelope)
        elif timer.kind == IDLE:
            case.raise_idle(envelope)
        else:
            case.deem_signed_for(envelope, self._first_step(case, now))
        session.save(case)

    # --- helpers ---

    def _system(self, rule: str, at: datetime, cause: str, correlation: str | None) -> Envelope:
        return Envelope(
            at=at, actor=system(rule), command_key=cause, campaign=self.campaign.id,
            campaign_version=self.campaign.version, causation=cause, correlation=correlation, rule=rule,
        )  # fmt: skip

    def _first_step(self, case: Case, signed_for: datetime) -> Any:
        if case.feedback is None:
            raise Invalid("case", "此件没有反馈期限，请联系系统管理员。")
        return rules.a_unit_that_signed_for_a_letter_must_act(self.campaign, signed_for, case.feedback)

    def _director(self, form: str) -> str:
        return self.campaign.office(self.campaign.letter_form(form).office).director

    def _check_unit(self, unit: str | None) -> None:
        if unit not in self._counties:
            text = "没有这个单位代码。" if unit else "请写明问题所在的县级单位。"
            raise Invalid("unit", text, tuple(self._counties))

    def _check_past(self, field: str, moment: datetime | None, envelope: Envelope) -> None:
        if moment is not None and moment > envelope.at:
            raise Invalid(field, "时间晚于现在，请核对。")

    def _term(self, taxonomy: str, field: str, code: str | None) -> str | None:
        known = self.campaign.taxonomy(taxonomy)
        if code is not None and code not in known:
            raise Invalid(field, f"{known.zh}里没有这个代码。", known.codes)
        return code


_TIMER_RULES = {
    OVERDUE: "a_result_is_signed_by_the_feedback_date",
    IDLE: "a_unit_that_signed_for_a_letter_must_act",
    "signing": "a_letter_is_signed_for_in_time",
}


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants; only cases have deadlines."""
    return aggregate.timers() if isinstance(aggregate, Case) else {}


def told(case: Case) -> Told:
    """What the giver of a command is told."""
    answer: Told = {"case": str(case.id), "version": case.version, "state": case.state, "unit": case.unit}
    if case.letters:
        answer["letter"] = case.letters[-1]
    if case.feedback is not None:
        answer["due"] = case.feedback.printed
    return answer
