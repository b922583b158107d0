"""An affair: one case of the play, what the script means to happen to it, and how far that has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.demo.draw import Draw
from deploy.demo.tips import Truth

NEVER = 10_000
"""More half-days than the play has."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the unit and the others will do with one case, in working half-days after the case came into a state.

    `report` counts from the first step, `penalised_after` from the opening of the penalty proceeding; NEVER means: not
    before somebody makes them. `reviewed` and `appointed` are the office's: mostly soon, now and then after its own
    date.
    """

    sign: int
    first_step: int
    report: int
    asks_return: bool
    return_is_right: bool
    asks_extension: bool
    extension_granted: bool
    reports_interim: bool
    rejected_once: bool
    closes_falsely: bool
    replies: bool
    verify: int
    found: bool
    held_to_account: bool
    supervised: bool
    penalty: bool
    penalised_after: int
    reviewed: int
    appointed: int


def plan(draw: Draw, subject: str, truth: Truth) -> Plan:
    """The plan of one case, by chance and by what is true of it. The notice's own example (附件 5), a concealed
    fatality, comes to all that the notice knows: falsely closed, verified, held to account, closely supervised."""

    def happens(chance: float, step: str) -> bool:
        return draw.happens(chance, subject, step)

    def between(least: int, most: int, step: str) -> int:
        return draw.between(least, most, subject, step)

    idle = happens(0.07, "idle")
    slow = happens(0.12, "slow")
    example = truth.is_concealed_fatality and not truth.against_officials
    return Plan(
        sign=NEVER if happens(0.06, "sign late") else between(1, 3, "sign"),
        first_step=NEVER if idle and not example else between(1, 6, "first step"),
        report=NEVER if slow and not example else between(4, 10, "report"),
        asks_return=happens(0.05, "return") and not example,
        return_is_right=happens(0.5, "return right"),
        asks_extension=happens(0.08, "extension"),
        extension_granted=happens(0.7, "extension granted"),
        reports_interim=happens(0.1, "interim"),
        rejected_once=happens(0.1, "rejected"),
        closes_falsely=happens(0.08, "false") or example,
        replies=happens(0.7, "reply"),
        verify=between(2, 8, "verify"),
        found=happens(0.65, "found") or example,
        held_to_account=happens(0.5, "account") or example,
        supervised=happens(0.35, "supervised") or example,
        penalty=not truth.groundless and (happens(0.7, "penalty") or example),
        penalised_after=between(6, 40, "penalised"),
        reviewed=9 if happens(0.05, "review late") else between(0, 3, "review"),
        appointed=5 if happens(0.1, "appointment late") else 0,
    )


def supervision_in(day: date) -> str:
    """What is done once a week while a group supervises a case closely: a look at how it stands."""
    return f"supervision looked at in week {day.isocalendar().week}"


@dataclass(slots=True)
class Affair:
    """A case as the play knows it. `subject` names it in draws and keys, `unit` has it now; `waited` counts working
    half-days in a state, `verifying` those that a verification still takes, `unappointed` those that an escalation has
    waited, `proceeding_for` those since a penalty proceeding was opened (-1: none was); `taken` are the measures by
    now, by their codes, `ordered_on` is the day of the first order; `done` remembers what is done once, `round` how
    many windows it has had."""

    subject: str
    truth: Truth
    plan: Plan
    case: str
    unit: str = ""
    state: str = ""
    waited: int = 0
    steps: int = 0
    round: int = 0
    verifying: int = 0
    proceeding_for: int = -1
    ordered_on: date | None = None
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    unappointed: int = 0
    done: set[str] = field(default_factory=set)

    def once(self, what: str) -> bool:
        """True the first time that it is asked of `what`."""
        if what in self.done:
            return False
        self.done.add(what)
        return True

    def see(self, state: str) -> None:
        """A working half-day passes, in the state that the case now has."""
        self.waited = self.waited + 1 if state == self.state else 0
        self.state = state
        self.proceeding_for += self.proceeding_for >= 0
