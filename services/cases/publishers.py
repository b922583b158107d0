"""From the private events of a case to what others are told: public (thin) and internal contracts.

An event is told by the contracts of its name; where a field is not called as in the event, it stands here. Beside them
go out, derived and not stored: `OfficeClockDone` for each clock of the office that an event did, and one `LoopMoved`
for each saved case whose loop may have moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from services.cases import rules
from services.cases.domain import loop
from services.cases.domain.case import FALSE_CLOSURE, Case
from services.cases.domain.events.concluding import EXPOSURE, ResultDrafted
from services.cases.domain.events.escalating import ReplyGiven
from services.cases.domain.events.handling import HandlerAssigned, RemarkAdded
from services.cases.domain.events.missing import OfficeClockMissed
from services.cases.domain.events.register import (
    LetterNumbered,
    LetterNumberVoided,
    LetterRegisterOpened,
)
from services.cases.domain.events.transferring import LetterDrafted
from services.cases.domain.values import Result
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.campaign.due import printed
from shared.kernel.campaign.office import done_by
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import cases as internal
from shared.kernel.contracts.public import cases as public
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication
from shared.platform.service.publisher import Common, Contracts, Field, Publisher, publication

_AT: Field = lambda e, _: e.at  # noqa: E731 – one of a table's cells


def _due_of(name: str) -> Field:
    return lambda e, _: deadline.due if (deadline := getattr(e, name)) is not None else None


def _subject(case: Case) -> internal.Subject | None:
    """None of a matter against officials, of which as little as possible is told."""
    matter, circumstance = case.matter, case.feedback.circumstance if case.feedback else None
    if matter.against_officials:
        return None
    return internal.Subject(
        origin=case.origin, found_at=matter.received_at, told_at=case.transferred_at or case.opened_at,
        enterprise=matter.enterprise, place=matter.place, matter=matter.text, violation=matter.violation,
        major=matter.major or circumstance == rules.MAJOR,
    )  # fmt: skip


PUBLIC = Contracts(
    public_contracts("cases"),
    {
        public.CaseTransferred: {"letter": lambda e, _: e.number},
        public.VerificationAssigned: {"verify_due": lambda e, _: e.deadline.printed},
        public.ResultReported: {"conclusion": lambda e, _: e.result.conclusion},
        public.CaseClosed: {"conclusion": lambda _, case: (case.result or Result("")).conclusion},
        public.DecisionRecorded: {
            "recorded_at": _AT,
            "decision": lambda e, _: replace(e.decision, below_maximum=None),
        },
        public.AccidentInvestigationOpened: {"opened_at": _AT},
        public.OfficeClockMissed: {
            "unit": lambda _, __: CITY,
            "due": lambda e, _: printed(e.due),
            "missed_at": _AT,
        },
    },
    unless={
        public.AccountabilityImposed: lambda e, _: not (e.publish and e.units),  # nothing of individuals alone
        public.CaseDisclosed: lambda e, _: e.kind == EXPOSURE,  # which *notify* tells, and which discloses no result
    },
)
INTERNAL = Contracts(
    internal_contracts("cases"),
    {
        internal.CaseOpened: {
            "opened_at": _AT, "steps": lambda _, case: loop.first_steps(case), "danger": lambda e, _: e.matter.danger,
            "concerned": lambda e, _: e.matter.concerned, "transfer_due": _due_of("transfer_deadline"),
            "subject": lambda _, case: _subject(case) if case.origin == "unit" else None,
        },
        internal.CaseTransferred: {
            "letter": lambda e, _: e.number, "transferred_at": _AT, "sign_for_due": lambda e, _: e.signing.due,
            "circumstance": lambda e, _: e.feedback.circumstance, "first_report_due": _due_of("first_report"),
            "subject": lambda _, case: _subject(case),
        },
        internal.CaseSignedFor: {
            "signed_for_at": _AT, "first_step_due": lambda e, _: e.first_step.due if e.first_step else None,
        },
        internal.ReturnRequested: {"answer_due": _due_of("answer")},
        internal.CaseReturned: {"transfer_due": _due_of("transfer")},
        internal.ReturnRefused: {"first_report_due": _due_of("first_report")},
        internal.ExtensionRequested: {"answer_due": _due_of("answer")},
        internal.InterimReported: {"answer_due": _due_of("answer")},
        internal.ResultReported: {
            "reported_at": _AT, "conclusion": lambda e, _: e.result.conclusion, "review_due": _due_of("review"),
        },
        internal.ResultReviewed: {"closing_due": _due_of("closing")},
        internal.CaseClosed: {
            "closed_at": _AT, "disclosure_due": _due_of("disclosure"),
            "letter": lambda _, case: case.letters[-1] if case.letters else None,
            "enterprise": lambda _, case: case.matter.enterprise, "place": lambda _, case: case.matter.place,
            "violation": lambda _, case: case.matter.violation, "target": lambda _, case: case.matter.target,
            "danger": lambda _, case: case.matter.danger, "matter": lambda _, case: case.matter.text,
            "result": lambda _, case: (case.result or Result("")).text,
            "measures": lambda _, case: _codes(case),
            "penalty_proceeding": lambda _, case: case.penalty_proceeding,
            "subject": lambda _, case: _subject(case),
            "conclusion": lambda _, case: (case.result or Result("")).conclusion,
            "taken": lambda _, case: case.taken,
        },
        internal.DecisionRecorded: {"recorded_at": _AT},
        internal.AccidentInvestigationOpened: {"opened_at": _AT},
        internal.EscalationRaised: {"raised_at": _AT, "appointment_due": _due_of("appointment")},
        internal.PenaltyProceedingDecided: {"decided_at": _AT},
        internal.FalseClosureSuspected: {"reply_due": lambda e, _: e.reply.due},
        internal.VerificationAssigned: {"verify_due": lambda e, _: e.deadline.due},
        internal.EscalationFound: {
            "found_at": _AT, "subject": lambda e, case: _subject(case) if e.trigger == FALSE_CLOSURE else None,
        },
        internal.EscalationCleared: {"cleared_at": _AT, "closing_due": _due_of("closing")},
        internal.OfficeClockMissed: {
            "unit": lambda _, __: CITY, "due": lambda e, _: e.due, "missed_at": _AT,
            "danger": lambda _, case: case.matter.danger, "done_is_told": lambda _, __: True,
        },
        internal.FirstReportMissed: {"missed_due": _due_of("missed")},
        internal.AccountabilityImposed: {"imposed_at": _AT},
        internal.KeySupervisionStarted: {"recheck_due": lambda e, _: e.recheck.due},
        internal.CaseDisclosed: {"disclosed_at": lambda e, _: e.published_at},
    },
)  # fmt: skip
PRIVATE: frozenset[type] = frozenset(
    {
        LetterDrafted,  # a draft is nobody's business until it is signed off
        HandlerAssigned,  # inside the unit; a person
        RemarkAdded,  # free text; it changes nothing
        ResultDrafted,  # a draft, as above
        ReplyGiven,  # free text, to the suspicion that is on no feed; it reaches the verifier on the page
        LetterRegisterOpened,  # bookkeeping: the number goes out with the letter
        LetterNumbered,  # as above
        LetterNumberVoided,  # as above: what was told of the letter stands
    }
)


def publisher_of(campaign: Campaign) -> Publisher:
    """The feeds of *cases*; the campaign knows which units are jurisdictions of their own."""

    def about(aggregate: Any, event: Any) -> Common | None:
        if not isinstance(aggregate, Case):
            return None
        case, feedback = str(aggregate.id), getattr(event, "feedback", None)
        fields = {
            "case": case, "unit": aggregate.unit, "state": aggregate.state, "link": f"/cases/{case}",
            "tip": aggregate.tip, "due": _due(aggregate),
            "feedback_due": feedback.due if feedback is not None else None,  # the one that the event sets
            "stands_still": aggregate.awaits_investigation,
        }  # fmt: skip
        unit = CITY if isinstance(event, OfficeClockMissed) else aggregate.unit
        return Common(fields, case, campaign.jurisdiction_of(unit))

    def derived(aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
        if not isinstance(aggregate, Case):
            return
        for event, one in done_by(recorded, aggregate.office_done):
            done = internal.OfficeClockDone(
                case=str(aggregate.id), n=one.n, unit=CITY, clock=one.clock, due=one.due, done_at=one.done_at
            )
            yield publication(event, done, done.case, None)
        movers = [event for event, _ in recorded if getattr(event, "moves_the_loop", False)]
        if movers:
            case = str(aggregate.id)
            told = internal.LoopMoved(
                case=case, unit=aggregate.unit, state=aggregate.state, tip=aggregate.tip, version=aggregate.version,
                steps=loop.steps(aggregate, campaign),
            )  # fmt: skip
            yield publication(recorded[-1][0], told, case, None)

    return Publisher(PUBLIC, INTERNAL, about, PRIVATE, derived)


def _codes(case: Case) -> tuple[str, ...]:
    """The codes of a closed case's measures; older results have nothing else."""
    of_result = (case.result or Result("")).measures
    return tuple(dict.fromkeys((*of_result, *(one.measure for one in case.taken))))


def _due(case: Case) -> str | None:
    deadline = case.feedback if case.transferred_at or case.transfer_deadline is None else None
    return deadline.printed if deadline is not None else None
