"""What the public is told of a case by itself: the result of a closing, what was decided later, and what of that is not
so after all.

Whether it may be told at all is noted on the case (`Reminders.situation`). Limits: a correction is drafted from what
this service itself published; what others wrote of it on the channels is theirs. Items that people drafted under a
release before this one are known by no case; the results are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.notify.domain.disclosure import EXPOSURE, PROGRESS, RESULT, Disclosure, decision_id, result_id
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import About, Cause, Deferred
from services.notify.rules.drafting import (
    a_closed_case_is_told_to_the_public,
    a_later_decision_is_told_to_the_public,
    outcomes_follow_from_measures,
    what_was_told_is_corrected,
)
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import due_under
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import NOT_BORNE_OUT
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session

FALSE_CLOSURE = "false_closure"
DISCLOSURE, CORRECTION = "disclosure", "correction"
"""The campaign's windows."""
Owed = tuple[str, datetime]
"""An item that is to be corrected, and until when (exclusive)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What follows for the public from what happens to a case. The caller saves `case` and reminds of what is owed."""

    campaign: Campaign

    def closed(self, session: Session, case: Reminders, envelope: Envelope, event: cases.CaseClosed) -> list[Owed]:
        """The result is to be told, unless it names somebody for what is not so. What was told before of an earlier
        closing, and reads otherwise now, is to be corrected."""
        case.note_standing(envelope, closed=True, conclusion=event.conclusion, doubts=case.doubts)
        draft = self._draft(case, event)
        owed: list[Owed] = []
        if event.conclusion == NOT_BORNE_OUT:
            for item in told_of(session, case):
                owed += self._owe(session, item, envelope, "not_borne_out")
        else:
            for item in told_of(session, case):
                if item.about.kind == RESULT and item.is_told and not says(item, draft):
                    owed += self._owe(session, item, envelope, "result_changed", draft)
        if case.situation is None and event.disclosure_due is not None:
            self._tell(session, case, envelope, draft, event.disclosure_due)
        elif case.situation == "in_doubt" and event.conclusion != NOT_BORNE_OUT:
            case.defer(envelope, draft)
        return owed

    def runs_again(self, session: Session, case: Reminders, envelope: Envelope) -> None:
        """What was drafted of the closing, or beside it, is void: it says what may not be so any more."""
        case.note_standing(envelope, closed=False, conclusion=None, doubts=case.doubts)
        for item in told_of(session, case):
            item.supersede(envelope)
            item.move_date(envelope, None)  # what stands on one channel already is owed to no other one now
            session.save(item)

    def doubted(self, case: Reminders, envelope: Envelope, trigger: str) -> None:
        """Something of the case is undecided: nothing more is told of it."""
        doubts = tuple(dict.fromkeys((*case.doubts, trigger)))
        case.note_standing(envelope, closed=case.closed, conclusion=case.conclusion, doubts=doubts)

    def decided(
        self, session: Session, case: Reminders, envelope: Envelope, trigger: str, *, found: bool
    ) -> list[Owed]:  # fmt: skip
        """A verifier has concluded. A closing that was found false is corrected wherever it was told; where nothing is
        undecided any more, what waited for that is drafted, with a whole window from now."""
        owed: list[Owed] = []
        if found and trigger == FALSE_CLOSURE:
            for item in told_of(session, case):
                if item.about.kind not in (PROGRESS, EXPOSURE):
                    owed += self._owe(session, item, envelope, "false_closure")
        waiting = () if found else case.deferred
        case.note_standing(
            envelope, closed=case.closed and not found, conclusion=None if found else case.conclusion,
            doubts=tuple(one for one in case.doubts if one != trigger),
        )  # fmt: skip
        if case.situation is None:
            for draft in waiting:
                self._tell(session, case, envelope, draft, due_under(self.campaign, DISCLOSURE, envelope.at).due)
        return owed

    def lapsed(self, case: Reminders, envelope: Envelope) -> None:
        """The letter was taken back: what was undecided of it has lapsed."""
        case.note_standing(envelope, closed=False, conclusion=None, doubts=())

    def decided_later(
        self, session: Session, case: Reminders, envelope: Envelope, event: cases.DecisionRecorded
    ) -> None:  # fmt: skip
        """A decision after the closing is told in an item of its own, a progress: what was told of the closing was so,
        and an item that people approved is not changed behind them."""
        told: list[Disclosure | Deferred] = [*case.deferred, *results(session, case.id)]
        before = told[-1] if told else None
        if before is None or case.situation not in (None, "in_doubt"):
            return
        about = replace(before.about, kind=PROGRESS, unit=event.unit)
        measures = (event.decision.measure,) if event.outcome is None else ()
        draft = Deferred(
            about, a_later_decision_is_told_to_the_public(self.campaign, about, before.wording.title, event),
            outcomes_follow_from_measures(
                self.campaign, replace(about, violation=None), measures, (event.decision,), escalated=False
            ),
        )  # fmt: skip
        if case.situation is None:
            self._tell(session, case, envelope, draft, due_under(self.campaign, DISCLOSURE, envelope.at).due)
        else:
            case.defer(envelope, draft)

    def _draft(self, case: Reminders, event: cases.CaseClosed) -> Deferred:
        about = About(
            kind=RESULT, unit=event.unit, case=event.case, enterprise=event.enterprise, place=event.place,
            violation=event.violation,
        )  # fmt: skip
        outcomes = outcomes_follow_from_measures(self.campaign, about, event.measures, event.taken, case.escalated)
        return Deferred(about, a_closed_case_is_told_to_the_public(self.campaign, event), outcomes)

    def _tell(self, session: Session, case: Reminders, envelope: Envelope, draft: Deferred, due: datetime) -> None:
        if draft.about.kind == RESULT:
            id_ = result_id(case.id, sum(1 for _ in results(session, case.id)) + 1)
        else:
            id_ = decision_id(case.id, case.version + 1)
            case.note_item(envelope, id_)
        session.save(
            Disclosure.draft(
                envelope, id=id_, about=draft.about, wording=draft.wording, outcomes=draft.outcomes, due=due
            )
        )  # fmt: skip

    def _owe(
        self, session: Session, item: Disclosure, envelope: Envelope, cause: Cause, instead: Deferred | None = None
    ) -> Iterator[Owed]:  # fmt: skip
        told = item.channels[0].at if item.channels else envelope.at
        about, outcomes = item.about, tuple[str, ...]()
        if instead is not None:
            about, outcomes = instead.about, instead.outcomes
        elif cause == "not_borne_out":
            about = About(about.kind, about.unit, about.case)
        wording, reason = what_was_told_is_corrected(
            self.campaign, cause, item.about, item.wording, told, instead.wording if instead else None
        )
        due = due_under(self.campaign, CORRECTION, envelope.at).due
        if item.owe_correction(
            envelope, cause=cause, wording=wording, reason=reason, about=about, outcomes=outcomes, due=due
        ):  # fmt: skip
            session.save(item)
            yield str(item.id), due


def says(item: Disclosure, draft: Deferred) -> bool:
    """Whether the public reads in the item already what this draft says."""
    return draft.wording.text in (item.correction or item.wording).text and set(draft.outcomes) <= set(item.outcomes)


def told_of(session: Session, case: Reminders) -> Iterator[Disclosure]:
    """The items about a case: of its closings, of people, of later decisions."""
    yield from results(session, case.id)
    for id_ in case.items:
        found = session.find(Disclosure, UUID(id_))
        if found is not None:
            yield found


def results(session: Session, case: UUID) -> Iterator[Disclosure]:
    """The items drafted of a case's results so far, one for each closing."""
    n = 1
    while (found := session.find(Disclosure, result_id(case, n))) is not None:
        yield found
        n += 1
