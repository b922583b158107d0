"""How the office kept its own dates, as an auditor asks it of plain events: see tests/deploy/recount.py.

The product is told by each service that a clock was done. Here a clock runs from the date that an event names to the
event that does what was owed, or makes it needless; what is done by the system in time counts for nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from tests.deploy.recount_figures import Event, Raw

BEGINS = {
    "CaseOpened": ("transfer", "transfer_due"),
    "CaseReturned": ("transfer", "transfer_due"),
    "ReturnRequested": ("return_answer", "answer_due"),
    "ExtensionRequested": ("extension_answer", "answer_due"),
    "InterimReported": ("plan_answer", "answer_due"),
    "ResultReported": ("review", "review_due"),
    "ResultReviewed": ("closing", "closing_due"),
    "EscalationRaised": ("appointment", "appointment_due"),
    "EscalationCleared": ("closing", "closing_due"),
    "TipReceived": ("triage", "triage_due"),
    "MessageToTipster": ("triage", "triage_due"),
    "MessageFromTipster": ("triage", "triage_due"),
    "DisclosureDrafted": ("disclosure", "due"),
    "DisclosureDateMoved": ("disclosure", "due"),
}
"""Which clock begins with an event, or has a new date from it; and where its date stands."""
DOES = {
    "CaseTransferred": "transfer",
    "CaseReturned": "return_answer",
    "ReturnRefused": "return_answer",
    "ExtensionGranted": "extension_answer",
    "ExtensionRefused": "extension_answer",
    "PlanApproved": "plan_answer",
    "PlanRefused": "plan_answer",
    "ResultReviewed": "review",
    "ResultRejected": "review",
    "CaseClosed": "closing",
    "VerificationAssigned": "appointment",
    "TipTriaged": "triage",
    "TipDismissed": "triage",
    "TipReferredElsewhere": "triage",
    "DisclosurePublished": "disclosure",
}
ENDS = {
    "ResultReported": ("return_answer", "extension_answer", "plan_answer"),
    "EscalationFound": ("review", "closing", "extension_answer", "plan_answer"),
    "CaseReturned": ("return_answer", "extension_answer", "plan_answer", "review", "closing", "appointment"),
    "DisclosureSuperseded": ("disclosure",),
    "CorrectionOwed": ("disclosure",),
}
"""What is owed no longer, done or not."""


class Done(NamedTuple):
    """A clock that was done at an instant; `of` as its miss names it."""

    clock: str
    of: str
    due: datetime
    at: datetime
    by: str


def done(raw: Raw) -> Iterator[Done]:
    streams: defaultdict[str, list[Event]] = defaultdict(list)
    for event in (*raw.cases, *raw.intake, *raw.notify):
        streams[event.of].append(event)
    for events in streams.values():
        open_until: dict[tuple[str, Any], datetime] = {}
        about = next((one.data["about"]["case"] for one in events if one.name == "DisclosureDrafted"), None)
        for event in events:
            n = event.data.get("n") if event.name in ("EscalationRaised", "VerificationAssigned") else None
            due = open_until.pop((DOES.get(event.name, ""), n), None)
            if due is not None:
                yield Done(DOES[event.name], about or event.of, due, event.at, event.by)
            for key in [key for key in open_until if key[0] in ENDS.get(event.name, ())]:
                del open_until[key]
            clock, where = BEGINS.get(event.name, ("", ""))
            if clock and event.data.get(where) and not event.data.get("of_many"):
                open_until[clock, n] = datetime.fromisoformat(event.data[where])
            elif event.name == "DisclosureDateMoved":
                open_until.clear()
            if event.name == "WeeklyDisclosureMade":
                week = datetime.fromisoformat(event.data["due"])
                yield Done("weekly_disclosure", event.of, week, event.at, event.by)


KEPT = ("in_time", "missed", "made_up", "raised_further")


def kept(raw: Raw, clock: str, until: datetime) -> list[int]:
    """`KEPT`, of everything before `until`: done in time, missed, made up, raised to the task force."""
    told = [one for one in done(raw) if one.clock == clock and one.at < until]
    late = [one for one in told if one.at >= one.due]
    raised = [e for e in raw.missed if e.data["clock"] == clock and e.at < until]
    to = Counter(e.data["raised_to"] for e in raised)
    raised_of = Counter((e.of, e.data["due"]) for e in raised if e.data["raised_to"] == "director")
    unraised = Counter((one.of, one.due.isoformat()) for one in late) - raised_of
    in_time = [one for one in told if one.at < one.due and one.by != "system"]
    return [len(in_time), to["director"] + unraised.total(), len(late), to["taskforce"]]


def of_the_office(raw: Raw, said: dict[str, Any], until: datetime, begin: datetime) -> Iterator[str]:
    """Every line of the bulletin's own section on the office."""
    for line in said["content"]["office"]:
        total, before = (kept(raw, line["clock"], at) for at in (until, begin))
        ours = [[now - then for now, then in zip(total, before, strict=True)], total]
        theirs = [[line[period][kind] for kind in KEPT] for period in ("month", "total")]
        if ours != theirs:
            yield f"bulletin {said['month']}: the office's {line['clock']} is {theirs}, here {ours}"
