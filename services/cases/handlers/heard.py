"""What *cases* does about what other services tell, and when time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.cases import letters, rules
from services.cases.domain.case import FIRST_REPORT, IDLE, OVERDUE, REPLY, SIGNING, Case
from services.cases.domain.conclusions import investigator_of
from services.cases.domain.office import APPOINTMENT, PREFIX, clock_of, miss, miss_first_report
from services.cases.domain.values import Matter
from services.cases.handlers.opening import AGAINST_OFFICIALS, opened
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.office import a_missed_clock_is_raised_further, the_office_acts_in_time
from shared.kernel.commands import because_of, by_rule
from shared.kernel.contracts.internal.assessment import BulletinPublished, FindingRecorded
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.ids import new_id, parse_id
from shared.platform.event_store.session import OF_THE_DATABASE, Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.handler import Received

TIMER_RULES = {
    OVERDUE: "a_result_is_signed_by_the_feedback_date",
    IDLE: "a_unit_that_signed_for_a_letter_must_act",
    REPLY: "the_unit_may_reply_to_a_suspicion",
    SIGNING: "a_letter_is_signed_for_in_time",
    FIRST_REPORT: "a_danger_to_life_is_reported_on_the_next_working_day",
}
OFFICE_RULE = "the_office_acts_in_time"


@dataclass(frozen=True, slots=True)
class Heard:
    """One method for each event of others."""

    campaign: Campaign
    clock: Clock

    def tip_triaged(self, session: Session, tip: TipTriaged, received: Received) -> None:
        """A triaged tip becomes a case."""
        against = tip.against_officials or AGAINST_OFFICIALS in tip.matters
        matter = Matter(
            text=tip.matter, source=tip.source, received_at=tip.received_at, enterprise=tip.enterprise,
            place=tip.place, violation=tip.violation, target=tip.target, matters=tip.matters, danger=tip.danger,
            against_officials=against, external_no=tip.external_no, concerned=tip.unit if against else None,
        )  # fmt: skip
        unit = letters.first_unit(self.campaign, matter, tip.unit)
        envelope = self._envelope("a_triaged_tip_becomes_a_case", received, tip.tip)
        session.save(
            Case.open(
                envelope, id=new_id(), origin="tip", unit=unit,
                group=letters.group_of(self.campaign, unit), matter=matter, tip=tip.tip, in_period=tip.in_period,
                transfer=rules.a_triaged_tip_is_transferred_in_time(self.campaign, tip.triaged_at, matter, envelope.at),
                investigation=investigator_of(self.campaign, matter.matters, matter.violation),
            )
        )  # fmt: skip

    def finding_recorded(self, session: Session, found: FindingRecorded, received: Received) -> None:
        """An inspection's finding becomes the case of the same identifier, once. What a county found itself needs no
        transfer, unless it concerns its own officials."""
        id_ = UUID(found.finding)
        if session.find(Case, id_) is not None:
            return
        against = AGAINST_OFFICIALS in found.matters
        origin = "unit" if found.inspector == found.unit and not against else "inspection"
        matter = Matter(
            text=found.matter, source=origin, received_at=found.found_at, enterprise=found.enterprise,
            place=found.place, violation=found.violation, target=found.target, matters=found.matters,
            danger=found.danger, against_officials=against, concerned=found.unit if against else None,
            major=found.major,
        )  # fmt: skip
        envelope = self._envelope("a_finding_becomes_a_case", received, found.inspection)
        session.save(opened(self.campaign, envelope, origin, found.unit, matter, id_))

    def disclosure_published(self, session: Session, told: DisclosurePublished, received: Received) -> None:
        """An item about a case is public: its result, a number in which it counts, or an exposure."""
        case = _find(session, told.case)
        if case is not None:
            envelope = self._envelope("a_published_result_is_disclosed", received, case.tip)
            case.disclosed(envelope, told.disclosure, told.published_at, told.kind)
            session.save(case)

    def bulletin_published(self, session: Session, told: BulletinPublished, received: Received) -> str | None:
        """A bulletin contains these cases: their loops are assessed. A case that cannot be keeps no other waiting; what
        is told of it goes to an operator."""
        session.expect(stream for id_ in told.cases if (stream := parse_id(id_)) is not None)
        assessed, left = [], []
        for id_ in told.cases:
            try:
                case = _find(session, id_)
                if case is not None:
                    envelope = self._envelope("a_published_bulletin_closes_loops", received, case.tip)
                    case.assessed(envelope, told.bulletin, told.month)
                    assessed.append(case)
            except OF_THE_DATABASE:
                raise
            except Exception as error:  # noqa: BLE001 – whatever a stored event makes its reader raise
                left.append(f"{id_}: {type(error).__name__}: {error}")
        session.save(*assessed)
        return "\n".join(left) or None

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """Answer a due timer. What fell due in a downtime is dated when it is noticed; the deadline says the rest."""
        case = session.get(Case, timer.stream)
        rule = TIMER_RULES.get(timer.kind, OFFICE_RULE)
        envelope = by_rule(self.campaign, rule, now, f"timer:{timer.id}", case.tip)
        appointment = the_office_acts_in_time(self.campaign, APPOINTMENT, now)
        if timer.kind == OVERDUE:
            case.raise_overdue(envelope, appointment)
        elif timer.kind == IDLE:
            case.raise_idle(envelope, appointment)
        elif timer.kind == REPLY:
            case.raise_false_closure(envelope, appointment)
        elif timer.kind == SIGNING:
            case.deem_signed_for(envelope, rules.the_first_step_follows_the_letter(self.campaign, case, now))
        elif timer.kind == FIRST_REPORT:
            miss_first_report(case, envelope)
        else:
            key = timer.kind.removeprefix(PREFIX)
            owner = self.campaign.office_clock(clock_of(key)).owner
            further = a_missed_clock_is_raised_further(self.campaign, now, danger=case.matter.danger)
            miss(case, envelope, key, owner, further)
        session.save(case)

    def _envelope(self, rule: str, received: Received, correlation: str | None) -> Envelope:
        return because_of(self.campaign, rule, received, self.clock.now(), correlation)


def _find(session: Session, id_: str) -> Case | None:
    found = parse_id(id_)
    return session.find(Case, found) if found is not None else None


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants; only cases have deadlines."""
    return aggregate.timers() if isinstance(aggregate, Case) else {}
