"""From the private events of a case to what others are told: public (thin) and internal contracts.

`PUBLIC` and `INTERNAL` show all reactions at a glance: event → contract. Beside them, one internal `LoopMoved` goes out
for each saved case whose loop may have moved; it is derived, not stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.cases.domain import events, loop
from services.cases.domain.case import Case
from services.cases.domain.values import Result
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.contracts.internal import cases as internal
from shared.kernel.contracts.public import cases as public
from shared.platform.event_store import canonical
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication

Translate = Callable[[Any, dict[str, Any], Case], Any]
"""From an event, what all contracts of its kind share, and the case after it; None where this one is not told."""

PUBLIC: dict[type, Translate] = {
    events.CaseOpened: lambda e, c, _: public.CaseOpened(**c, origin=e.origin),
    events.CaseTransferred: lambda e, c, _: public.CaseTransferred(**c, letter=e.number),
    events.CaseNotSignedFor: lambda _, c, __: public.CaseNotSignedFor(**c),
    events.CaseSignedFor: lambda e, c, _: public.CaseSignedFor(**c, deemed=e.deemed),
    events.HandlingStepRecorded: lambda e, c, _: public.HandlingStepRecorded(**c, step=e.step),
    events.ResultReported: lambda _, c, __: public.ResultReported(**c),
    events.ResultReviewed: lambda _, c, __: public.ResultReviewed(**c),
    events.ResultRejected: lambda _, c, __: public.ResultRejected(**c),
    events.CaseClosed: lambda e, c, _: public.CaseClosed(**c, on_time=e.on_time),
    events.CaseReopened: lambda _, c, __: public.CaseReopened(**c),
    events.EscalationRaised: lambda e, c, _: public.EscalationRaised(**c, trigger=e.trigger),
    events.ReturnRequested: lambda e, c, _: public.ReturnRequested(**c, reason=e.reason),
    events.CaseReturned: lambda _, c, __: public.CaseReturned(**c),
    events.ReturnRefused: lambda _, c, __: public.ReturnRefused(**c),
    events.ExtensionRequested: lambda _, c, __: public.ExtensionRequested(**c),
    events.ExtensionGranted: lambda _, c, __: public.ExtensionGranted(**c),
    events.ExtensionRefused: lambda _, c, __: public.ExtensionRefused(**c),
    events.InterimReported: lambda _, c, __: public.InterimReported(**c),
    events.PenaltyProceedingDecided: lambda e, c, _: public.PenaltyProceedingDecided(**c, proceeding=e.proceeding),
    events.VerificationAssigned: lambda e, c, _: public.VerificationAssigned(
        **c, trigger=e.trigger, verifier=e.verifier, verify_due=e.deadline.printed
    ),
    events.EscalationFound: lambda e, c, _: public.EscalationFound(**c, trigger=e.trigger, verifier=e.verifier),
    events.EscalationCleared: lambda e, c, _: public.EscalationCleared(**c, trigger=e.trigger, verifier=e.verifier),
    events.AccountabilityImposed: lambda e, c, _: (
        public.AccountabilityImposed(**c, ground=e.ground, actions=e.actions) if e.publish else None
    ),
    events.KeySupervisionStarted: lambda e, c, _: public.KeySupervisionStarted(**c, group=e.group),
    events.KeySupervisionEnded: lambda e, c, _: public.KeySupervisionEnded(**c, group=e.group),
    events.CaseDisclosed: lambda _, c, __: public.CaseDisclosed(**c),
    events.CaseAssessed: lambda e, c, _: public.CaseAssessed(**c, bulletin=e.bulletin, month=e.month),
}
INTERNAL: dict[type, Translate] = {
    events.CaseOpened: lambda e, c, case: internal.CaseOpened(
        **c, origin=e.origin, tip=e.tip, opened_at=e.at, steps=loop.first_steps(case),
        feedback_due=e.feedback.due if e.feedback else None,
    ),
    events.CaseTransferred: lambda e, c, _: internal.CaseTransferred(
        **c,
        letter=e.number,
        transferred_at=e.at,
        sign_for_due=e.signing.due,
        feedback_due=e.feedback.due,
        circumstance=e.feedback.circumstance,
    ),
    events.CaseNotSignedFor: lambda _, c, __: internal.CaseNotSignedFor(**c),
    events.CaseSignedFor: lambda e, c, _: internal.CaseSignedFor(
        **c, deemed=e.deemed, signed_for_at=e.at, first_step_due=e.first_step.due
    ),
    events.HandlingStepRecorded: lambda e, c, _: internal.HandlingStepRecorded(**c, step=e.step),
    events.ResultReported: lambda e, c, _: internal.ResultReported(**c, reported_at=e.at, in_time=e.in_time),
    events.ResultReviewed: lambda _, c, __: internal.ResultReviewed(**c),
    events.ResultRejected: lambda _, c, __: internal.ResultRejected(**c),
    events.CaseClosed: lambda e, c, case: internal.CaseClosed(
        **c, **_result(case), closed_at=e.at, on_time=e.on_time, disclosure_due=e.disclosure.due
    ),
    events.CaseReopened: lambda e, c, _: internal.CaseReopened(**c, feedback_due=e.feedback.due),
    events.EscalationRaised: lambda e, c, _: internal.EscalationRaised(**c, trigger=e.trigger, raised_at=e.at),
    events.ReturnRequested: lambda e, c, _: internal.ReturnRequested(**c, reason=e.reason),
    events.CaseReturned: lambda _, c, __: internal.CaseReturned(**c),
    events.ReturnRefused: lambda _, c, __: internal.ReturnRefused(**c),
    events.ExtensionRequested: lambda _, c, __: internal.ExtensionRequested(**c),
    events.ExtensionGranted: lambda e, c, _: internal.ExtensionGranted(**c, feedback_due=e.feedback.due),
    events.ExtensionRefused: lambda _, c, __: internal.ExtensionRefused(**c),
    events.InterimReported: lambda e, c, _: internal.InterimReported(**c, planned_for=e.planned_for),
    events.PenaltyProceedingDecided: lambda e, c, _: internal.PenaltyProceedingDecided(
        **c, proceeding=e.proceeding, decided_at=e.at
    ),
    events.FalseClosureSuspected: lambda e, c, _: internal.FalseClosureSuspected(**c, reply_due=e.reply.due),
    events.VerificationAssigned: lambda e, c, _: internal.VerificationAssigned(
        **c, trigger=e.trigger, verifier=e.verifier, verify_due=e.deadline.due
    ),
    events.EscalationFound: lambda e, c, _: internal.EscalationFound(
        **c, trigger=e.trigger, verifier=e.verifier, found_at=e.at, in_time=e.in_time, feedback_due=e.feedback.due
    ),
    events.EscalationCleared: lambda e, c, _: internal.EscalationCleared(
        **c,
        trigger=e.trigger,
        verifier=e.verifier,
        cleared_at=e.at,
        in_time=e.in_time,
        feedback_due=e.feedback.due if e.feedback else None,
    ),
    events.AccountabilityImposed: lambda e, c, _: internal.AccountabilityImposed(
        **c, ground=e.ground, actions=e.actions, units=e.units, people=e.people, imposed_at=e.at
    ),
    events.KeySupervisionStarted: lambda e, c, _: internal.KeySupervisionStarted(
        **c, group=e.group, recheck_due=e.recheck.due
    ),
    events.KeySupervisionEnded: lambda e, c, _: internal.KeySupervisionEnded(**c, group=e.group),
    events.CaseDisclosed: lambda e, c, _: internal.CaseDisclosed(**c, disclosed_at=e.published_at),
    events.CaseAssessed: lambda e, c, _: internal.CaseAssessed(**c, bulletin=e.bulletin, month=e.month),
}

PRIVATE = frozenset(
    {
        events.LetterDrafted,  # a draft is nobody's business until it is signed off
        events.HandlerAssigned,  # inside the unit; a person
        events.RemarkAdded,  # free text; it changes nothing
        events.ResultDrafted,  # a draft, as above
        events.ReplyGiven,  # free text, to the suspicion that is on no feed; it reaches the verifier on the page
        events.LetterRegisterOpened,  # bookkeeping: the number goes out with the letter
        events.LetterNumbered,  # as above
    }
)
"""Events of which nobody outside is told. A test fails on one that is neither here nor in a table above."""
MOVES_THE_LOOP = frozenset(
    {
        events.CaseTransferred,
        events.CaseReturned,
        events.CaseClosed,
        events.CaseReopened,
        events.CaseDisclosed,
        events.CaseAssessed,
        events.EscalationRaised,
        events.VerificationAssigned,
        events.EscalationFound,
        events.EscalationCleared,
        events.KeySupervisionStarted,
        events.KeySupervisionEnded,
    }
)
"""Events after which one of the seven steps reads otherwise; a test compares every other event's steps. CaseOpened is
not among them: it brings the first steps itself."""


class Publisher:
    """Translates; needs the campaign to know which units are jurisdictions of their own."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._jurisdictions = frozenset(campaign.jurisdictions)

    def publish(self, aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
        """What goes out for the events of one saved aggregate, in their order."""
        if not isinstance(aggregate, Case):
            return
        case = str(aggregate.id)
        jurisdiction = aggregate.unit if aggregate.unit in self._jurisdictions else CITY
        inside = {"case": case, "unit": aggregate.unit, "state": aggregate.state}
        outside = {**inside, "link": f"/cases/{case}", "tip": aggregate.tip, "due": _due(aggregate)}
        moved = False
        for event, _ in recorded:
            kind = type(event)
            translate = PUBLIC.get(kind)
            if translate is not None and (told := translate(event, outside, aggregate)) is not None:
                yield _publication(event, told, case, jurisdiction)
            if (translate := INTERNAL.get(kind)) is not None:
                yield _publication(event, translate(event, inside, aggregate), case, None)
            moved = moved or kind in MOVES_THE_LOOP
        if moved:
            yield _publication(event, self._loop(aggregate, case), case, None)

    def _loop(self, case: Case, id_: str) -> internal.LoopMoved:
        return internal.LoopMoved(
            case=id_, unit=case.unit, state=case.state, tip=case.tip, version=case.version,
            steps=loop.steps(case, self._campaign),
        )  # fmt: skip


def _result(case: Case) -> dict[str, Any]:
    """What a disclosure is drafted from: the matter as redacted for the letter, the unit's own words for the result."""
    matter, result = case.matter, case.result or Result("")
    return {
        "letter": case.letters[-1] if case.letters else None,
        "enterprise": matter.enterprise,
        "place": matter.place,
        "matter": matter.text,
        "violation": matter.violation,
        "target": matter.target,
        "danger": matter.danger,
        "result": result.text,
        "measures": result.measures,
        "penalty_proceeding": case.penalty_proceeding,
    }


def _due(case: Case) -> str | None:
    deadline = case.feedback if case.transferred_at or case.transfer_deadline is None else None
    return deadline.printed if deadline is not None else None


def _publication(event: Any, contract: Any, key: str, jurisdiction: str | None) -> Publication:
    return Publication(
        name=type(contract).__name__, stream=event.originator_id, version=event.originator_version, partitionkey=key,
        jurisdiction=jurisdiction, at=event.at, recorded=event.timestamp,
        data=canonical.encode_checked(contract).decode(),
    )  # fmt: skip
