"""What the office would owe if it were fair, told from a case's events alone, beside the `Ledger` of the unit.

It shares no rule with the code: it knows how many days the office has for what, and when it can do nothing. Whatever is
raised against the office, or the unit for a first report in danger to life, must be owed, over, and told once to each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.services.cases.ledger import Ledger, working_day

DAYS = {"return_answer": 1, "extension_answer": 2, "plan_answer": 2, "closing": 2, "appointment": 1, "review": 3}
"""Working days that the office has for each; for a transfer one, in danger two hours."""
ENDS = {
    "CaseTransferred": ("transfer",),
    "ReturnRefused": ("return_answer",),
    "ExtensionGranted": ("extension_answer",),
    "ExtensionRefused": ("extension_answer",),
    "PlanApproved": ("plan_answer",),
    "PlanRefused": ("plan_answer",),
    "ResultReported": ("extension_answer", "plan_answer", "return_answer"),
    "ResultRejected": ("review",),
    "ResultReviewed": ("review",),
    "CaseClosed": ("closing",),
    "EscalationFound": ("review", "closing", "extension_answer", "plan_answer"),
}
TELLS = ("HandlingStepRecorded", "InterimReported", "ResultReported")
"""What counts as a first report."""


class OfficeLedger:
    """Reads each event after the unit's ledger. `owed`: clock and number → until when, and when it was raised."""

    def __init__(self, unit: Ledger) -> None:
        self.unit = unit
        self.owed: dict[tuple[str, int], tuple[datetime, list[datetime]]] = {}
        self.report: datetime | None = None

    def note(self, event: Any) -> None:
        """Take the next event in. Raises AssertionError where it is unfair."""
        name, at = type(event).__name__, event.at
        for key in [key for key in self.owed if key[0] in ENDS.get(name, ())]:
            del self.owed[key]
        if name in TELLS:
            self.report = None
        reader = getattr(self, f"_{name}", None)
        if reader is not None:
            reader(event, at)

    def check_nothing_missed(self, now: datetime) -> None:
        """What is over was raised, once every timer has struck."""
        for (clock, _), (due, told) in self.owed.items():
            wanted = (now >= due) + bool(told and now >= self._further(told[0]))
            assert len(told) >= wanted, f"the office is told of its {clock}"
        silent = self.report is not None and now >= self.report and self.unit.return_asked is None
        assert not silent, "in danger to life nobody is silent without being told"

    def _further(self, told: datetime) -> datetime:
        return told + timedelta(hours=4) if self.unit.danger else working_day(told, 1)

    def _owes(self, clock: str, since: datetime, n: int = 0) -> None:
        self.owed[clock, n] = working_day(since, DAYS[clock]), []

    def _owes_a_letter(self, since: datetime) -> None:
        self.owed["transfer", 0] = since + timedelta(hours=2) if self.unit.danger else working_day(since, 1), []

    @property
    def _undecided(self) -> bool:
        return any(one["outcome"] is None for one in self.unit.escalations)

    # --- events ---

    def _OfficeClockMissed(self, event: Any, at: datetime) -> None:
        key = event.clock, event.n or 0
        assert key in self.owed, f"nothing is held against the office that it does not owe or cannot do: {event.clock}"
        due, told = self.owed[key]
        assert at >= due == event.due, "the office is not late before its date"
        assert len(told) < 2, "it is raised once to each"
        assert event.raised_to == ("director", "taskforce")[len(told)], "it is raised to one after the other"
        assert not told or at >= self._further(told[0]), "the director has the second window"
        told.append(at)

    def _FirstReportMissed(self, _: Any, at: datetime) -> None:
        assert self.report is not None, "nobody is silent who owes no report, or was told already"
        assert at >= self.report, "nobody is silent before the end of the next working day"
        assert self.unit.return_asked is None, "nobody is silent while the office owes him an answer to a return"
        self.report = None

    def _CaseOpened(self, event: Any, at: datetime) -> None:
        if event.transfer_deadline is not None:
            since = event.matter.received_at if self.unit.danger else event.transfer_deadline.start
            over = since + timedelta(hours=2) if self.unit.danger else working_day(since, 1)
            self._owes_a_letter(since if over > at else at)

    def _CaseTransferred(self, _: Any, at: datetime) -> None:
        self.report = working_day(at, 1) if self.unit.danger else None

    def _CaseTakenBack(self, _: Any, __: datetime) -> None:
        self.owed.clear()

    def _ReturnRequested(self, _: Any, at: datetime) -> None:
        self.asked = at
        self._owes("return_answer", at)

    def _ReturnRefused(self, _: Any, at: datetime) -> None:
        if self.report is not None and self.report > self.asked:
            self.report = working_day(at, 1)

    def _CaseReturned(self, _: Any, at: datetime) -> None:
        self.report = None
        self.owed.clear()
        self._owes_a_letter(at)

    def _ExtensionRequested(self, _: Any, at: datetime) -> None:
        self._owes("extension_answer", at)

    def _InterimReported(self, event: Any, at: datetime) -> None:
        known = self.owed.get(("plan_answer", 0))
        asks = self.unit.plan is not None and event.asked
        if asks and (known is None or known[0] != working_day(at, DAYS["plan_answer"])):
            self._owes("plan_answer", at)

    def _ResultReported(self, _: Any, at: datetime) -> None:
        self._owes("review", at)

    def _ResultReviewed(self, _: Any, at: datetime) -> None:
        if not self._undecided:
            self._owes("closing", at)

    def _EscalationRaised(self, event: Any, at: datetime) -> None:
        self._owes("appointment", at, event.n)

    def _VerificationAssigned(self, event: Any, _: datetime) -> None:
        del self.owed["appointment", event.n]

    def _EscalationCleared(self, event: Any, at: datetime) -> None:
        self.owed.pop(("appointment", event.n), None)
        if event.feedback is not None:
            self.owed.pop(("extension_answer", 0), None)
            self.owed.pop(("plan_answer", 0), None)
        reviewed = self.unit.result and not self.unit.closed and ("review", 0) not in self.owed
        if reviewed and not self._undecided:
            self._owes("closing", at)
