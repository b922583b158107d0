"""What a fair case would be, told from its events alone: an oracle that shares no rule with the code.

It reads one event after another, counts its own working days and knows its own dates; of an event it takes what people
asked for and decided, and a date only where a person set it by hand. What would be unfair to somebody is an
AssertionError with a sentence. It knows the campaign's calendar and people, and no windows but those written here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.services.cases.ledger_of_closing import Closing
from tests.support.in_memory import CAMPAIGN, SHANGHAI

OVERDUE, IDLE, FALSE = "overdue", "idle_after_acceptance", "false_closure"
A_DAY = timedelta(days=1)
FEEDBACK = {"danger": 5, "major": 20, "mixed": 20}
DECISIVE = {
    "ResultReviewed": "reviewed", "CaseClosed": "closed", "FalseClosureSuspected": "suspected",
    "CaseSignedFor": "handled", "HandlingStepRecorded": "handled", "ResultDrafted": "handled",
    "ResultReported": "handled", "HandlerAssigned": "handled",
}  # fmt: skip
"""What keeps somebody from verifying, by event."""


def day_of(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    return datetime.combine(day + A_DAY, time(), SHANGHAI)


def last_day(due: datetime) -> date:
    return day_of(due - timedelta.resolution)


def working_days(after: date, until: date) -> int:
    """How many there are later than `after`, up to and with `until`."""
    return sum(CAMPAIGN.calendar.is_working(after + n * A_DAY) for n in range(1, (until - after).days + 1))


def working_day(at: datetime, n: int) -> datetime:
    """The end of the n-th working day after the day of an instant."""
    day = day_of(at)
    while n:
        day += A_DAY
        n -= CAMPAIGN.calendar.is_working(day)
    return end_of(day)


class Ledger(Closing):
    """One case. `by_hand` is the day that somebody set with the command that is being given, if any."""

    def __init__(self) -> None:
        super().__init__()
        self.by_hand: date | None = None
        self.danger = False
        self.circumstance: str | None = None
        self.unit = ""
        self.escalations: list[dict[str, Any]] = []
        self.deeds: dict[str, set[str]] = defaultdict(set)
        self.suspicion: tuple[datetime, bool] | None = None
        self.closed = self.lapsing = False
        self.reviewer: str | None = None
        self._begin_round(None)

    # --- what holds ---

    @property
    def owed(self) -> bool:
        """Whether the office owes an answer about a later date."""
        return self.extension is not None or self.plan is not None

    @property
    def runs(self) -> bool:
        """Whether the unit is to act."""
        return self.date is not None and not self.result and not self.closed

    @property
    def heard(self) -> bool:
        """Whether the unit has replied to a suspicion."""
        return self.suspicion is not None and self.suspicion[1]

    def overdue_at(self, now: datetime) -> bool:
        owed = self.owed or self.waits_for_the_city
        return self.runs and self.date is not None and now >= self.date and not owed

    def idle_at(self, now: datetime) -> bool:
        waits = self.signed is None or self.return_asked is not None
        return self.runs and not waits and self.step is not None and now >= self.step

    def check_nothing_missed(self, now: datetime) -> None:
        """Whoever was overdue or idle was raised, once every timer has struck."""
        assert not self.overdue_at(now) or OVERDUE in self.raised, "nobody is overdue without being told"
        assert not self.idle_at(now) or IDLE in self.raised, "nobody is idle without being told"

    # --- windows ---

    def _begin_round(self, at: datetime | None) -> None:
        """A letter was taken back or a closed case runs again."""
        self.began = at
        self.steps = 0
        self.missed: set[int] = set()
        self.signed: datetime | None = None
        self.refused: datetime | None = None
        self.return_asked: datetime | None = None
        self._begin_window(None)

    def _begin_window(self, until: datetime | None) -> None:
        self.date = until
        self.step: datetime | None = None
        self.raised: set[str] = set()
        self.extension: date | None = None
        self.plan: date | None = None
        self.result = self.late = self.respite = False

    def _new_window(self, at: datetime, told: Any) -> None:
        due = end_of(self.by_hand) if self.by_hand else working_day(at, FEEDBACK.get(self.circumstance or "", 10))
        assert told.due == due, f"the feedback date is {due}: danger has no later one than no danger"
        self._begin_window(due)

    def _first_step(self, at: datetime) -> datetime | None:
        """By when the unit must have begun, if it signed at an instant."""
        assert self.date is not None
        half = working_day(at, max(1, -(-working_days(day_of(at), last_day(self.date)) // 2)))
        step = min(half, at + A_DAY if self.circumstance == "danger" else working_day(at, 5))
        if self.refused is not None:
            step = max(step, working_day(self.refused, 2))
        return step if step < self.date else None

    def _answered_no(self, at: datetime) -> None:
        assert self.date is not None
        least = working_day(at, 2)
        self.respite = self.respite or least > self.date
        self.date = max(self.date, least)

    # --- events ---

    def note(self, event: Any) -> None:
        """Take the next event in. Raises AssertionError where it is unfair."""
        name, actor = type(event).__name__, event.envelope.actor
        if self.lapsing:
            assert name in ("EscalationCleared", "CaseReturned"), "what lapses does so with a return"
        reader = getattr(self, f"_{name}", None)
        if reader is not None:
            reader(event, event.at)
        if name in DECISIVE and actor.role != "system":
            self.deeds[actor.id].add(DECISIVE[name])

    def _CaseOpened(self, event: Any, at: datetime) -> None:
        self.danger, self.unit = event.matter.danger, event.unit
        self.circumstance = "danger" if self.danger else None
        self.began = self.began_at = event.matter.received_at
        self.alleged = "fatality" in event.matter.matters or "concealed_accident" in event.matter.matters
        if event.feedback is not None:
            self._new_window(at, event.feedback)
            self.signed = at

    def _CaseTransferred(self, event: Any, at: datetime) -> None:
        self.unit, self.began = event.letter.unit, at
        self.circumstance = "danger" if self.danger else event.feedback.circumstance
        self._new_window(at, event.feedback)
        self.signing = at + timedelta(hours=2) if self.circumstance == "danger" else working_day(at, 2)

    def _CaseNotSignedFor(self, _: Any, at: datetime) -> None:
        assert at >= self.signing, "nobody is reminded before the time for signing is over"

    def _CaseSignedFor(self, _: Any, at: datetime) -> None:
        self.signed = at
        self.step = self._first_step(at)

    def _HandlingStepRecorded(self, event: Any, at: datetime) -> None:
        taken = day_of(event.taken_at or at)
        assert self.began is not None
        assert day_of(self.began) <= taken <= day_of(at), "a step lies between the letter and now"
        self.steps += 1
        self.step = None

    def _ReturnRequested(self, _: Any, at: datetime) -> None:
        self.return_asked = at

    def _ReturnRefused(self, _: Any, at: datetime) -> None:
        asked, self.return_asked, self.refused = self.return_asked, None, at
        assert asked is not None
        if self.step is None or self.signed is None or self.date is None or self.step <= asked:
            return
        left = working_days(day_of(max(asked, self.signed)), last_day(self.step))
        step = max(self.step, working_day(at, max(2, left)))
        self.step = step if step < self.date or step == self.step else None

    def _CaseReturned(self, _: Any, at: datetime) -> None:
        self.lapsing = False
        assert all(one["outcome"] for one in self.escalations), "what was raised lapses when the letter is taken back"
        self._begin_round(at)

    def _ExtensionRequested(self, event: Any, at: datetime) -> None:
        assert self.date is not None
        assert at < self.date or self.owed, "a later date is asked for in time"
        self.extension = event.until

    def _ExtensionGranted(self, _: Any, __: datetime) -> None:
        assert self.extension is not None
        assert self.date is not None
        self.date, self.extension = max(self.date, end_of(self.extension)), None

    def _ExtensionRefused(self, _: Any, at: datetime) -> None:
        self.extension = None
        self._answered_no(at)

    def _InterimReported(self, event: Any, at: datetime) -> None:
        assert self.date is not None
        complete = event.planned_for and event.plan and event.reason and event.guard
        in_time = at < self.date or self.owed
        if (
            complete
            and in_time
            and end_of(event.planned_for) > self.date
            and not self.respite
            and self.extension is None
        ):
            self.plan = event.planned_for

    def _PlanApproved(self, _: Any, __: datetime) -> None:
        assert self.plan is not None
        assert self.date is not None
        self.date, self.plan = max(self.date, end_of(self.plan)), None

    def _PlanRefused(self, _: Any, at: datetime) -> None:
        self.plan = None
        self._answered_no(at)

    def _ResultReported(self, event: Any, at: datetime) -> None:
        assert self.steps, "a result stands on a step of its own round"
        assert self.date is not None
        assert not self.overdue_at(at) or OVERDUE in self.raised, "a late result is overdue, whoever comes first"
        self.said = event.result
        self.fits(self.said, at)
        self.late = self.late or not (at < self.date or self.owed)
        assert event.in_time is not self.late, "a result is in time, or it is not"
        self.result, self.step = True, None
        self.extension = self.plan = self.return_asked = None

    def _ResultRejected(self, _: Any, at: datetime) -> None:
        assert self.date is not None
        self.result, self.said = False, None
        self.date = max(self.date, end_of(self.by_hand) if self.by_hand else working_day(at, 2))

    def _ResultReviewed(self, event: Any, at: datetime) -> None:
        self.fits(self.said, at)
        self.reviewer = event.envelope.actor.id

    def _CaseClosed(self, event: Any, at: datetime) -> None:
        self.fits(self.said, at)
        assert event.envelope.actor.id != self.reviewer, "nobody both reviews and closes"
        assert event.on_time == (not self.late and not self.missed), "nobody is credited for what he did not do"
        self.closed = self.over = True

    def _AccidentInvestigationOpened(self, event: Any, at: datetime) -> None:
        waited = self.waits_for_the_city and self.date is not None and not self.result
        super()._AccidentInvestigationOpened(event, at)
        if waited and self.date is not None:
            self.date = max(self.date, working_day(at, FEEDBACK.get(self.circumstance or "", 10)))
            if self.step is not None and IDLE not in self.raised:
                self.step = max(self.step, self._first_step(at) or self.step)

    def _CaseReopened(self, event: Any, at: datetime) -> None:
        self.closed = self.over = False
        self.proceeding = self.said = None
        self._begin_round(at)
        self._new_window(at, event.feedback)
        self.signed, self.step = at, self._first_step(at)

    # --- escalation ---

    def _EscalationRaised(self, event: Any, at: datetime) -> None:
        trigger = event.trigger
        if trigger == FALSE:
            assert self.suspicion is not None, "once per suspicion"
            assert self.suspicion[1] or at >= self.suspicion[0], "the unit is heard first"
            self.suspicion = None
        else:
            assert trigger not in self.raised, "each trigger once per window"
            if trigger == IDLE:
                assert self.signed is not None, "nobody is idle while unsigned"
                assert day_of(at) > day_of(self.signed), "nobody is idle on the day of signing"
                assert self.return_asked is None, "nobody is idle while the office owes him an answer to a return"
                assert self.idle_at(at), "nobody is idle before his date, or when a step was taken"
            else:
                assert self.overdue_at(at), "nobody is overdue before the date in force, in time, or owed an answer"
                self.missed.add(len(self.escalations))
            self.raised.add(trigger)
        self.escalations.append({"trigger": trigger, "verifier": None, "outcome": None})

    def _FalseClosureSuspected(self, _: Any, at: datetime) -> None:
        self.suspicion = working_day(at, 3), False

    def _ReplyGiven(self, _: Any, __: datetime) -> None:
        assert self.suspicion is not None
        self.suspicion = self.suspicion[0], True

    def _VerificationAssigned(self, event: Any, _: datetime) -> None:
        self.escalations[event.n - 1]["verifier"] = event.verifier
        members = [person.id for person in CAMPAIGN.members_of(event.verifier)]
        assert not any(self.unit in CAMPAIGN.bodies_of(one) for one in members), "a verifying body is independent"
        assert any(not self.deeds.get(one) for one in members), "somebody of the body can verify"
        if event.trigger == FALSE:
            leader = CAMPAIGN.leader_of(event.verifier) or ""
            assert not self.deeds[leader] & {"reviewed", "closed"}, "the leader did not close what is verified"

    def _EscalationFound(self, event: Any, at: datetime) -> None:
        self._verified(event)
        signed, result = self.signed, self.result
        self._new_window(at, event.feedback)
        if signed is not None or result:
            self.step = self._first_step(at)

    def _EscalationCleared(self, event: Any, at: datetime) -> None:
        if event.envelope.actor.role != "group":
            self.lapsing = True
            self.escalations[event.n - 1]["outcome"] = "cleared"
            return
        self._verified(event)
        self.missed.discard(event.n - 1)
        if event.feedback is not None:
            assert self.runs
            stepless = self.step is not None
            self._new_window(at, event.feedback)
            self.step = self._first_step(at) if stepless else None

    def _verified(self, event: Any) -> None:
        one, person = self.escalations[event.n - 1], event.envelope.actor.id
        assert one["outcome"] is None, "an escalation is decided once"
        assert event.envelope.actor.unit == one["verifier"], "who was appointed verifies"
        assert not self.deeds.get(person), f"who {' and '.join(self.deeds[person])} does not verify"
        assert self.unit not in CAMPAIGN.bodies_of(person), "a verifier has no post in the unit"
        one["outcome"] = "found" if type(event).__name__ == "EscalationFound" else "cleared"
        self.by_hand = None
