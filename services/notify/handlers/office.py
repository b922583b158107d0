"""What the office owes: it is reminded of it before it is due, and those above it hear when it is missed.

The facts are with the services in which the office works: *intake* knows of tips, *cases* of cases; here are the result
of a case that is to be published, and the week in which something is. What a case's events begin and end is in two
tables. Whatever was to be said of something done is said to nobody any more, and what waits for the morning is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.notify.domain.disclosure import CLOCK, Disclosure
from services.notify.domain.events import WEEKLY
from services.notify.domain.owing import miss
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import OFFICE_KINDS, Kind
from services.notify.domain.week import SOON, Week
from services.notify.handlers.reminding import Reminding
from services.notify.handlers.telling import results
from services.notify.rules import reminding as rules
from shared.kernel.campaign.definition import CITY
from shared.kernel.campaign.office import a_missed_clock_is_raised_further, the_office_acts_in_time
from shared.kernel.commands import by_rule
from shared.kernel.contracts.internal import cases, intake
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer
from shared.platform.messaging.handler import Received

Dues = Callable[[Any], Mapping[str, datetime | None]]
RULE = "the_office_acts_in_time"
REPORTED: frozenset[Kind] = frozenset({"first_report_due", "first_report_missed"})
BEGINS: dict[type, Dues] = {
    cases.CaseOpened: lambda e: {"transfer": e.transfer_due},
    cases.CaseReturned: lambda e: {"transfer": e.transfer_due},
    cases.ReturnRequested: lambda e: {"return_answer": e.answer_due},
    cases.ExtensionRequested: lambda e: {"extension_answer": e.answer_due},
    cases.InterimReported: lambda e: {"plan_answer": e.answer_due},
    cases.ResultReported: lambda e: {"review": e.review_due},
    cases.ResultReviewed: lambda e: {"closing": e.closing_due},
    cases.EscalationRaised: lambda e: {f"appointment:{e.n}": e.appointment_due},
    cases.EscalationCleared: lambda e: {"closing": e.closing_due},
}
"""Which clocks of the office an event of a case begins, and until when."""
ENDS: dict[type, Callable[[Any], tuple[str, ...]]] = {
    cases.CaseTransferred: lambda _: ("transfer",),
    cases.CaseReturned: lambda _: (),
    cases.ReturnRefused: lambda _: ("return_answer",),
    cases.ExtensionGranted: lambda _: ("extension_answer",),
    cases.ExtensionRefused: lambda _: ("extension_answer",),
    cases.PlanApproved: lambda _: ("plan_answer",),
    cases.PlanRefused: lambda _: ("plan_answer",),
    cases.ResultReported: lambda _: ("return_answer", "extension_answer", "plan_answer"),
    cases.ResultRejected: lambda _: ("review",),
    cases.ResultReviewed: lambda _: ("review",),
    cases.CaseClosed: lambda _: ("closing",),
    cases.VerificationAssigned: lambda e: (f"appointment:{e.n}",),
    cases.EscalationFound: lambda _: ("review", "closing", "extension_answer", "plan_answer"),
    cases.CaseDisclosed: lambda _: (CLOCK,),
    cases.CaseReopened: lambda _: (CLOCK,),
    cases.FalseClosureSuspected: lambda _: (CLOCK,),
}
"""Which it ends; all of them where it names none."""


@dataclass(frozen=True, slots=True)
class Office:
    """One method for what befalls the office."""

    reminding: Reminding

    # --- cases ---

    def heard(self, session: Session, event: Any, received: Received) -> None:
        """An event of a case begins and ends clocks."""
        kind, reminders = type(event), session.get(Reminders, UUID(event.case))
        envelope = self.reminding.caused(received, RULE)
        if kind in ENDS:
            ended = ENDS[kind](event)
            reminders.stop_office(envelope, *ended)
            done = [one for one in reminders.told.values() if one.kind in OFFICE_KINDS]
            self.reminding.drop(session, envelope, [one for one in done if not ended or one.trigger in ended])
        begun = dict(BEGINS[kind](event)) if kind in BEGINS else {}
        if isinstance(event, cases.CaseClosed):
            begun[CLOCK] = next(
                (item.due for item in reversed([*results(session, reminders.id)]) if item.office is not None), None
            )
        self._begin(reminders, envelope, begun, received.at)
        session.save(reminders)

    def case_missed(self, session: Session, event: cases.OfficeClockMissed, received: Received) -> None:
        """Those above the office hear that it was late with a case."""
        reminders = session.get(Reminders, UUID(event.case))
        envelope = self.reminding.caused(received, RULE)
        clock = event.clock if event.n is None else f"{event.clock}:{event.n}"
        self.reminding.tell(session, envelope, reminders, "office_late", event.due, event.raised_to, CITY, clock)

    # --- danger to life ---

    def first_report(self, session: Session, event: Any, received: Received) -> None:
        """In danger to life the unit is reminded of its first report; once it has told something, of nothing."""
        reminders, envelope = session.get(Reminders, UUID(event.case)), self.reminding.caused(received, RULE)
        if not reminders.danger:
            return
        due = getattr(event, "first_report_due", None)
        if due is None:
            reminders.stop(envelope, "first_report_due")
            self.reminding.drop(session, envelope, reminders.told_of(REPORTED))
        else:
            plan = rules.a_unit_is_reminded_of_its_first_report(self.reminding.campaign, due)
            reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, received.at))
        session.save(reminders)

    def first_report_missed(self, session: Session, event: cases.FirstReportMissed, received: Received) -> None:
        """The principal and the office hear of it at once."""
        reminders, envelope = session.get(Reminders, UUID(event.case)), self.reminding.caused(received, RULE)
        for to, unit in ((rules.PRINCIPAL, None), ("office", CITY)):
            self.reminding.tell(
                session, envelope, reminders, "first_report_missed", event.missed_due, to, unit, to
            )  # fmt: skip

    # --- tips ---

    def triage_due_soon(self, session: Session, event: intake.TriageDueSoon, received: Received) -> None:
        """Whoever triages is reminded."""
        envelope = self.reminding.caused(received, RULE)
        reminders = self._of_tip(session, envelope, event.tip, danger=event.danger)
        owner = self.reminding.campaign.office_clock("triage").owner
        self.reminding.tell(session, envelope, reminders, "office_due", event.due, owner, CITY, "triage")

    def tip_missed(self, session: Session, event: intake.OfficeClockMissed, received: Received) -> None:
        """Those above the office hear that a tip was not triaged in time."""
        envelope = self.reminding.caused(received, RULE)
        reminders = self._of_tip(session, envelope, event.tip, danger=event.danger)
        self.reminding.tell(
            session, envelope, reminders, "office_late", event.due, event.raised_to, CITY, "triage"
        )  # fmt: skip

    def tip_done(self, session: Session, event: Any, received: Received) -> None:
        """What waits for the morning of a tip that was triaged meanwhile does not go out."""
        reminders = session.find(Reminders, UUID(event.tip))
        if reminders is not None:
            self.reminding.drop(session, self.reminding.caused(received, RULE), reminders.told.values())

    # --- what is to be published ---

    def in_doubt(self, session: Session, event: cases.FalseClosureSuspected, received: Received) -> None:
        """What is in doubt is not to be published: the office is not held to the date."""
        envelope = self.reminding.caused(received, RULE)
        for item in results(session, UUID(event.case)):
            item.move_date(envelope, None)
            session.save(item)

    def no_longer_in_doubt(self, session: Session, event: cases.EscalationCleared, received: Received) -> None:
        """The closing stands: the office has its time anew."""
        reminders, envelope = session.get(Reminders, UUID(event.case)), self.reminding.caused(received, RULE)
        if event.state != "closed":
            return
        due = the_office_acts_in_time(self.reminding.campaign, CLOCK, event.cleared_at).due
        for last in [*results(session, UUID(event.case))][-1:]:
            last.move_date(envelope, due)
            dues = {CLOCK: last.due} if last.office is not None else {}
            self._begin(reminders, envelope, dues, received.at)
            session.save(last, reminders)

    def fire(self, session: Session, timer: Timer, now: datetime) -> bool:
        """Answer a timer of a result or a week; False for one of anything else."""
        campaign, envelope = self.reminding.campaign, by_rule(self.reminding.campaign, RULE, now, f"timer:{timer.id}")
        further = a_missed_clock_is_raised_further(campaign, now, danger=False)
        item, week = session.find(Disclosure, timer.stream), session.find(Week, timer.stream)
        owing = item or week
        if owing is None:
            return False
        due = owing.office.due if owing.office is not None else now
        clock = CLOCK if item is not None else WEEKLY
        owner: str = campaign.office_clock(clock).owner
        to: str | None
        if week is not None and timer.kind == SOON:
            to = owner if week.remind(envelope) else None
        else:
            to = miss(owing, envelope, owner, further)
        session.save(owing)
        if to is not None:
            reminders = self._of(session, envelope, owing)
            kind: Kind = "office_due" if timer.kind == SOON else "office_late"
            self.reminding.tell(session, envelope, reminders, kind, due, to, CITY, clock)
        return True

    # --- helpers ---

    def _begin(
        self, reminders: Reminders, envelope: Envelope, dues: Mapping[str, datetime | None], since: datetime
    ) -> None:  # fmt: skip
        for clock, due in dues.items():
            if due is not None:
                plan = rules.the_office_is_reminded_before_its_clock_ends(self.reminding.campaign, clock, due)
                reminders.plan(envelope, rules.a_reminder_comes_after_its_cause(plan, since))

    def _of_tip(self, session: Session, envelope: Envelope, tip: str, *, danger: bool) -> Reminders:
        return session.find(Reminders, UUID(tip)) or Reminders.follow(
            envelope, UUID(tip), CITY, danger=danger, link=f"/triage/{tip}"
        )

    def _of(self, session: Session, envelope: Envelope, owing: Disclosure | Week) -> Reminders:
        """Where a result belongs to a case it is reminded of with it."""
        if isinstance(owing, Disclosure) and owing.about.case is not None:
            return session.get(Reminders, UUID(owing.about.case))
        id_, link = uuid5(owing.id, "reminders"), "/public/drafts"
        return session.find(Reminders, id_) or Reminders.follow(envelope, id_, CITY, link=link)
