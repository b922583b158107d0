"""Who may do what, when: one table, read by the domain to decide and by the pages to show what is possible and why not.

A row names the roles, the states from which the lifecycle has this step, and whose cases: `unit` roles act on their
own unit's cases, `city` roles on all (domain section 2; notice 六(一), 六(二)).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.cases.domain.errors import AnotherUnit, NotInThisState, WrongRole
from shared.event_store.envelope import Actor

STATES = ("opened", "transferred", "signed_for", "handling", "reported", "reviewed", "closed")
STATE_NAMES = {
    "opened": "待移交",
    "transferred": "已移交待签收",
    "signed_for": "已签收",
    "handling": "办理中",
    "reported": "已反馈待审核",
    "reviewed": "已审核待办结",
    "closed": "已办结",
}
UNIT_ROLES = frozenset({"county", "principal", "station"})
CITY_ROLES = frozenset({"office", "director", "taskforce", "auditor", "admin"})
_RUNNING = frozenset({"signed_for", "handling"})


@dataclass(frozen=True, slots=True)
class Permission:
    """One command: what it is called on the screen, who may give it, from which states."""

    name: str
    roles: frozenset[str]
    states: frozenset[str]


def _row(name: str, roles: str, states: str | frozenset[str]) -> Permission:
    from_states = frozenset(states.split()) if isinstance(states, str) else states
    return Permission(name, frozenset(roles.split()), from_states)


AUTHORITY: dict[str, Permission] = {
    "transfer": _row("签发交办书", "office director", "opened"),
    "sign-for": _row("签收", "county principal", "transferred"),
    "assign-handler": _row("指定承办人", "county principal", _RUNNING),
    "record-step": _row("登记办理措施", "county principal station", _RUNNING),
    "remark": _row("备注", "county principal station group office director", frozenset(STATES)),
    "report-result": _row("反馈办理结果", "county principal", _RUNNING),
    "review-result": _row("审核通过", "office director", "reported"),
    "reject-result": _row("审核退回", "office director", "reported"),
    "close": _row("办结", "director", "reviewed"),
    "reopen": _row("重新办理", "director", "closed"),
}
OPENERS = {
    "county": "unit",
    "principal": "unit",
    "group": "inspection",
    "office": "inspection",
    "director": "inspection",
}
"""Who may open a case without a tip, and the origin it then has."""


def check_may(command: str, actor: Actor, state: str, unit: str, group: str | None) -> None:
    """Raise WrongRole, AnotherUnit or NotInThisState unless the actor may give `command` to a case in `state`.

    `group` is the supervision group that answers for the case's unit.
    """
    check_actor(command, actor, unit, group)
    permission = AUTHORITY[command]
    if state not in permission.states:
        states = "、".join(STATE_NAMES[s] for s in STATES if s in permission.states)
        raise NotInThisState(f"此件现为“{STATE_NAMES[state]}”，“{permission.name}”须在“{states}”时办理。")


def check_actor(command: str, actor: Actor, unit: str, group: str | None) -> None:
    """Raise WrongRole or AnotherUnit unless the actor may give `command` to some case of `unit`."""
    permission = AUTHORITY[command]
    if actor.role not in permission.roles:
        raise WrongRole(f"“{permission.name}”由{_role_names(permission.roles)}办理，请转有权人员。")
    if not may_see(actor.role, actor.unit, unit, group):
        raise AnotherUnit("此件由其他单位承办，请核对编号；需要协办的，请联系市局办公室。")


def may_see(role: str, own: str, unit: str, group: str | None) -> bool:
    """Whether a role of unit `own` may see a case of `unit`."""
    if role in CITY_ROLES:
        return True
    if role in UNIT_ROLES:
        return own == unit
    return role == "group" and own == group


def why_not(command: str, actor: Actor, state: str, unit: str, group: str | None) -> str | None:
    """None when `check_may` passes, else its sentence: for buttons that say why they cannot be pressed."""
    try:
        check_may(command, actor, state, unit, group)
    except (WrongRole, AnotherUnit, NotInThisState) as refusal:
        return refusal.sentence
    return None


_ROLE_NAMES = {
    "office": "市局办公室",
    "director": "办公室主任",
    "county": "县级局承办人",
    "principal": "县级局主要负责人",
    "station": "市场监管所",
    "group": "督导工作组",
}


def _role_names(roles: frozenset[str]) -> str:
    return "、".join(name for role, name in _ROLE_NAMES.items() if role in roles)
