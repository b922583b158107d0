"""What somebody is to do with a case next: of all that he may do now, the one lawful next step, what stands beside it,
and the rest.

A table in the order of urgency says what comes first: for which roles, and where that is not plain from the permission,
when. What nobody can choose for him (to grant or to refuse) stands side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from services.cases.domain.case import Case


@dataclass(frozen=True, slots=True)
class First:
    """A command that may come first for these roles, if `when` holds; `beside`: what else is at hand then."""

    command: str
    roles: str
    beside: str = ""
    when: Callable[[Case], bool] = lambda _: True


def _is_drafted(case: Case) -> bool:
    return case.drafted_result is not None


FIRSTS = (
    First("reply", "county principal", when=lambda case: case.suspicion is not None and not case.suspicion.replied_at),
    First("accept-return", "office director", "refuse-return"),
    First("grant-extension", "director", "refuse-extension"),
    First("approve-plan", "director", "refuse-plan"),
    First("appoint-verification", "office director"),
    First("open-accident", "office director taskforce", "transfer", lambda case: case.awaits_investigation),
    First("transfer", "director"),
    First("transfer", "office", when=lambda case: case.draft_letter is None),
    First("sign-for", "county principal", "request-return"),
    First("close", "director", "reject-result"),
    First("review-result", "office", "reject-result"),
    First("verify-escalation", "group"),
    First("end-key-supervision", "group"),
    First("report-result", "principal", "record-step", _is_drafted),
    First("record-step", "county station", "report-interim remark", lambda case: not case.steps),
    First("report-result", "county", "record-step report-interim", lambda case: not _is_drafted(case)),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """Names of commands, each once: at most one is `first`, at most two are `beside` it."""

    first: str | None
    beside: tuple[str, ...]
    rest: tuple[str, ...]


def next_steps(case: Case, role: str, allowed: Collection[str]) -> Steps:
    """Of the commands that somebody of this role may give now."""
    for one in FIRSTS:
        if one.command in allowed and role in one.roles.split() and one.when(case):
            beside = tuple(name for name in one.beside.split() if name in allowed)[:2]
            shown = (one.command, *beside)
            return Steps(one.command, beside, tuple(name for name in allowed if name not in shown))
    return Steps(None, (), tuple(allowed))
