"""Who may do what with a tip, when: one table, read by the domain to decide and by pages and routes to show.

A row names the roles and the states from which the command may be given (domain section 2; notice 六(二)).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.domain.errors import NotInThisState, WrongRole
from shared.platform.event_store.envelope import Actor

STATES = ("received", "triaged", "dismissed", "referred_elsewhere")
STATE_NAMES = {
    "received": "待梳理",
    "triaged": "已交办理",
    "dismissed": "已了结",
    "referred_elsewhere": "已转专门渠道",
}
OFFICERS = frozenset({"hotline", "office", "director"})
READERS = OFFICERS | {"admin"}
"""Who sees the list of tips; the administrator sees it without any text."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One command: what it is called on the screen, who may give it, from which states."""

    name: str
    roles: frozenset[str]
    states: frozenset[str]


_WAITING = frozenset({"received"})
AUTHORITY: dict[str, Permission] = {
    "triage": Permission("交办", OFFICERS, _WAITING),
    "dismiss": Permission("了结", OFFICERS, _WAITING),
    "refer-elsewhere": Permission("转专门渠道", OFFICERS, _WAITING),
    "supplement": Permission("补充内容", OFFICERS, _WAITING),
    "message": Permission("回复举报人", OFFICERS, frozenset(STATES)),
}


def check_may(command: str, actor: Actor, state: str) -> None:
    """Raise WrongRole or NotInThisState unless the actor may give `command` to a tip in `state`."""
    permission = AUTHORITY[command]
    if actor.role not in permission.roles:
        raise WrongRole(f"“{permission.name}”由举报热线或市局办公室办理，请转有权人员。")
    check_state(command, state)


def check_state(command: str, state: str) -> None:
    """Raise NotInThisState unless the lifecycle has `command` from `state`."""
    permission = AUTHORITY[command]
    if state not in permission.states:
        states = "、".join(STATE_NAMES[s] for s in STATES if s in permission.states)
        raise NotInThisState(f"此件现为“{STATE_NAMES[state]}”，“{permission.name}”须在“{states}”时办理。请刷新后核对。")


def may_read_text(role: str, state: str) -> bool:
    """Whether a role may see what the tipster wrote: the hotline until the tip is triaged, the office always."""
    return role in ("office", "director") or (role == "hotline" and state == "received")
