"""What the answers of several services have in common: due dates with their explanation, and the steps of the loop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from typing_extensions import TypedDict

from shared.kernel.campaign.due import DueDate, printed
from shared.kernel.contracts.steps import LoopStep, StepName, StepState
from shared.platform.service.answers import Day, Instant

_STILL_TO_BE_DONE = ("current", "due")


class CountedDay(TypedDict):
    """One day of the explanation: whether it counts, and why."""

    date: Day
    counted: bool
    why: str


class ExplainedDue(TypedDict):
    """A due date with every day that was counted or skipped; `words` says it in a sentence."""

    due: Instant
    rule: str
    provisional: bool
    days: list[CountedDay]
    words: str


class Step(TypedDict):
    """One of the seven steps of the loop; `when` it was done, or by when it is to be."""

    step: StepName
    state: StepState
    when: Instant | None
    note: str


def explained(due: DueDate) -> ExplainedDue:
    """A due date as answers tell it."""
    days: list[CountedDay] = [
        {"date": line.date.isoformat(), "counted": line.counted, "why": line.why} for line in due.days
    ]
    return {
        "due": due.printed, "rule": due.rule, "provisional": due.provisional, "days": days, "words": due.words(),
    }  # fmt: skip


def step_answers(steps: Iterable[LoopStep], zone: tzinfo) -> list[Step]:
    """The steps as answers tell them."""
    return [{"step": one.name, "state": one.state, "when": _when(one, zone), "note": one.note} for one in steps]


def _when(step: LoopStep, zone: tzinfo) -> str | None:
    if step.when is None:
        return None
    return printed(step.when, zone) if step.state in _STILL_TO_BE_DONE else step.when.astimezone(zone).isoformat()
