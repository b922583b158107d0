"""How the campaign office keeps its own dates: of each clock what was done in time, and what was missed.

A duty counts when it ended: done in time when it was done, missed when it was raised to the director, so that what is
published of a month does not change afterwards. What the system does by itself in time is told by nobody and no merit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import get_args

from services.assessment.domain.facts import Fact
from services.assessment.rules.lives import Duty
from services.assessment.rules.measures.items import Counting, Item, Items, Measure, of
from shared.kernel.campaign.office import LEVELS
from shared.kernel.clocks import Clock

IN_TIME, MISSED, MADE_UP, RAISED_FURTHER = "in_time", "missed", "made_up", "raised_further"
KINDS = (IN_TIME, MISSED, MADE_UP, RAISED_FURTHER)
DIRECTOR, TASK_FORCE = LEVELS


def code(kind: str, clock: str) -> str:
    """The code of a measure: `office_missed.review`."""
    return f"office_{kind}.{clock}"


def in_time(duty: Duty) -> Iterator[Fact]:
    return (fact for fact in duty.done if not fact.event.late)


def made_up(duty: Duty) -> Iterator[Fact]:
    """Done after all, late."""
    return (fact for fact in duty.done if fact.event.late)


def missed(duty: Duty) -> Iterator[Fact]:
    """Raised to the director; or done late before anybody raised it, after a downtime."""
    raised = list(_raised_to(DIRECTOR, duty))
    return chain(raised, list(made_up(duty))[len(raised) :])


def raised_further(duty: Duty) -> Iterator[Fact]:
    """Raised to the task force, because the director did not see to it either. Of what he was told by a release that
    did not tell what is done, it is not known that it was missed."""
    return _raised_to(TASK_FORCE, duty) if any(_raised_to(DIRECTOR, duty)) else iter(())


def _raised_to(level: str, duty: Duty) -> Iterator[Fact]:
    return (fact for fact in duty.raised if fact.event.raised_to == level)


def _of_clock(clock: str, facts: Callable[[Duty], Iterator[Fact]]) -> Items:
    def items(duty: Duty, _: Counting, __: datetime) -> Iterator[Item]:
        return (of(fact) for fact in facts(duty) if fact.event.clock == clock)

    return items


_KINDS: dict[str, tuple[str, Callable[[Duty], Iterator[Fact]]]] = {
    IN_TIME: ("工作人员在时限内办理的，系统自动办理的不计", in_time),
    MISSED: ("超过时限、提请办公室主任督办的，含此前已补办的；按提请之日计", missed),
    MADE_UP: ("超过时限后补办的", made_up),
    RAISED_FURTHER: ("提请办公室主任后仍未办理、报专项工作组的", raised_further),
}
MEASURES = {
    code(kind, clock): Measure(says, _of_clock(clock, facts), Duty, own=True)
    for kind, (says, facts) in _KINDS.items()
    for clock in get_args(Clock)
}
