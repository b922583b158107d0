"""Who may do what with a disclosure, when: one table, read by the domain to decide and by pages to show.

A row names the roles and the states from which the command may be given (notice 六(三); domain section 4). The notice
does not say who approves: two different persons do, one of them the office director; the officer who checked an item
may be the other, because the record names both.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.notify.domain.errors import NotInThisState, WrongRole
from shared.platform.event_store.envelope import Actor

STATE_NAMES = {
    "drafted": "待核对",
    "checked": "待审核",
    "approved": "待发布",
    "published": "已公开",
    "withdrawn": "已撤回",
    "superseded": "已作废",
}
STATES = tuple(STATE_NAMES)
OPEN_STATES = frozenset({"drafted", "checked", "approved"})
OFFICERS = frozenset({"office", "director"})


@dataclass(frozen=True, slots=True)
class Permission:
    """One command: what it is called on the screen, who may give it, from which states."""

    name: str
    roles: frozenset[str]
    states: frozenset[str]


DRAFT = Permission("拟稿", OFFICERS, frozenset())
AUTHORITY: dict[str, Permission] = {
    "check": Permission("核对", frozenset({"office"}), frozenset({"drafted", "checked"})),
    "approve": Permission("审核同意", OFFICERS, frozenset({"checked"})),
    "publish": Permission("登记发布", OFFICERS, frozenset({"approved"})),
    "correct": Permission("更正", OFFICERS, frozenset({"published"})),
    "withdraw": Permission("撤回", frozenset({"director"}), OPEN_STATES | {"published"}),
}
"""Commands on an item that exists; `DRAFT` makes one."""


def check_may(command: str, actor: Actor, state: str) -> None:
    """Raise WrongRole or NotInThisState unless the actor may give `command` to an item in `state`."""
    permission = AUTHORITY[command]
    check_role(permission, actor)
    if state not in permission.states:
        states = "、".join(STATE_NAMES[s] for s in STATES if s in permission.states)
        raise NotInThisState(f"此条现为“{STATE_NAMES[state]}”，“{permission.name}”须在“{states}”时办理。请刷新后核对。")


def check_role(permission: Permission, actor: Actor) -> None:
    """Raise WrongRole unless the actor's role is among those of `permission`."""
    if actor.role not in permission.roles:
        who = "、".join(name for role, name in _ROLE_NAMES.items() if role in permission.roles)
        raise WrongRole(f"“{permission.name}”由{who}办理，请转有权人员。")


def why_not(command: str, actor: Actor, state: str) -> str | None:
    """None when `check_may` passes, else its sentence."""
    try:
        check_may(command, actor, state)
    except (WrongRole, NotInThisState) as refusal:
        return refusal.sentence
    return None


_ROLE_NAMES = {"office": "市局办公室", "director": "办公室主任"}
