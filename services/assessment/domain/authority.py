"""Who may do what: one table, read by the domain to decide and by the pages to show what is possible.

`own`: a county acts for itself, a group for itself; `area`: a group also acts in its counties; city roles act for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.assessment.domain.errors import AnotherUnit, WrongRole
from shared.platform.event_store.envelope import Actor

Where = Literal["own", "area"]
CITY_ROLES = frozenset({"office", "director", "taskforce"})


@dataclass(frozen=True, slots=True)
class Permission:
    """One command: what it is called on the screen, who may give it, for which units."""

    name: str
    roles: frozenset[str]
    where: Where


def _row(name: str, roles: str, where: Where = "own") -> Permission:
    return Permission(name, frozenset(roles.split()), where)


AUTHORITY: dict[str, Permission] = {
    "record-inspection": _row("登记检查", "county principal group office director", "area"),
    "submit-return": _row("报送本周情况", "principal group"),
    "send-back-return": _row("退回更正", "office director"),
    "correct-return": _row("更正报送", "principal group"),
    "sign-commitment": _row("签署承诺书", "principal"),
    "file-paper": _row("报送材料", "county principal group"),
    "hold-briefing": _row("记录听取汇报", "taskforce office director"),
    "draw-bulletin": _row("拟制考核通报", "office director"),
    "publish-bulletin": _row("发布考核通报", "director"),
}


def check_may(command: str, actor: Actor, unit: str, group: str | None = None) -> None:
    """Raise WrongRole or AnotherUnit unless the actor may give `command` for `unit`.

    `group` is the supervision group that answers for the unit, None where it is no county.
    """
    permission = AUTHORITY[command]
    if actor.role not in permission.roles:
        raise WrongRole(f"“{permission.name}”由{_role_names(permission.roles)}办理，请转有权人员。")
    if actor.role in CITY_ROLES or actor.unit == unit:
        return
    if permission.where == "area" and actor.role == "group" and actor.unit == group:
        return
    raise AnotherUnit("只能办理本单位（本督导组）的事项，请核对单位。")


def may(command: str, actor: Actor, unit: str, group: str | None = None) -> bool:
    """Whether `check_may` passes: for forms that are shown only to those who may use them."""
    try:
        check_may(command, actor, unit, group)
    except (WrongRole, AnotherUnit):
        return False
    return True


_ROLE_NAMES = {
    "office": "市局办公室",
    "director": "办公室主任",
    "taskforce": "专项工作组",
    "county": "县级局承办人",
    "principal": "县级局主要负责人",
    "group": "督导工作组",
}


def _role_names(roles: frozenset[str]) -> str:
    return "、".join(name for role, name in _ROLE_NAMES.items() if role in roles)
