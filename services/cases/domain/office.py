"""The office's own clocks on a case: which run now, and what becomes of each with an event (domain 3.1).

They follow from the state of the case: a clock runs as long as the office owes something and can do it. It stands
where only others can act: a result is not to be closed while an escalation is being verified. What ends a clock
otherwise than by what it is for (the unit's result, a case taken back) is held against nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.cases.domain.events import concluding, escalating, handling, transferring
from services.cases.domain.events.base import CaseEvent
from services.cases.domain.events.missing import FirstReportMissed, OfficeClockMissed
from services.cases.domain.values import Deadline
from shared.kernel.campaign.office import DoneDate, OfficeDate
from shared.platform.event_store.envelope import Envelope

if TYPE_CHECKING:
    from services.cases.domain.case import Case

PREFIX = "office:"
"""Of the timers of these clocks."""
APPOINTMENT, FIRST_REPORT = "appointment", "first_report"
DONE_BY: dict[str, tuple[type[CaseEvent], ...]] = {
    "transfer": (transferring.CaseTransferred,),
    "return_answer": (transferring.CaseReturned, transferring.ReturnRefused),
    "extension_answer": (handling.ExtensionGranted, handling.ExtensionRefused),
    "plan_answer": (handling.PlanApproved, handling.PlanRefused),
    "review": (concluding.ResultReviewed, concluding.ResultRejected),
    "closing": (concluding.CaseClosed,),
    APPOINTMENT: (escalating.VerificationAssigned,),
}
"""What the office does about each."""


def clock_of(key: str) -> str:
    """`appointment:2`, that of the second escalation → `appointment`."""
    return key.partition(":")[0]


def number_of(key: str) -> int | None:
    """The escalation's."""
    n = key.partition(":")[2]
    return int(n) if n else None


def owed(case: Case) -> dict[str, Deadline]:
    """What the office now owes and can do, by key, with its date. Of older releases some have none."""
    asked, plan = case.extension_request, case.plan
    found = {
        "transfer": case.transfer_deadline if case.state == "opened" else None,
        "return_answer": case.return_answer if case.return_requested_at is not None else None,
        "extension_answer": asked.answer if asked is not None else None,
        "plan_answer": plan.answer if plan is not None else None,
        "review": case.review if case.state == "reported" else None,
        "closing": case.closing if case.state == "reviewed" and not case.undecided else None,
    } | {f"{APPOINTMENT}:{one.n}": one.appointment for one in case.unappointed}
    return {key: deadline for key, deadline in found.items() if deadline is not None}


def settle(case: Case, event: CaseEvent) -> None:
    """After an event: what is no longer owed ends, what is owed since begins."""
    now = owed(case)
    for key, one in list(case.office.items()):
        if key not in now or now[key].due != one.due:
            del case.office[key]
            if isinstance(event, DONE_BY[one.clock]):
                case.office_done.append(
                    DoneDate(one.clock, one.due, event.at, event.originator_version, number_of(key))
                )  # fmt: skip
    for key, deadline in now.items():
        if key not in case.office:
            case.office[key] = OfficeDate(clock_of(key), deadline.due)


def miss(case: Case, envelope: Envelope, key: str, owner_role: str, further: datetime) -> None:
    """A clock of the office is over: it is raised, once to each."""
    one = case.office.get(key)
    missed = one.missed_at(envelope.at, owner_role, further) if one is not None else None
    if missed is not None:
        case.trigger_event(OfficeClockMissed, envelope=envelope, **missed, n=number_of(key))


def miss_first_report(case: Case, envelope: Envelope) -> None:
    """In danger to life the unit has told nothing by the date for it, and those above it hear."""
    missed = case.first_report
    if missed is not None and FIRST_REPORT in case.timers() and missed.due <= envelope.at:
        case.trigger_event(FirstReportMissed, envelope=envelope, missed=missed)
