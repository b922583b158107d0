"""Who a case concerns, who may see it, and what the sentences of refusals are made of.

What may be done is a row beside each command (`handlers`); here is how such a row is held against a case: role, sight,
state, situation, and for groups whose it is (domain section 2; notice 六(一), 六(二)).
"""

from __future__ import annotations

from msgspec import Struct

from services.cases.domain.errors import AnotherUnit
from shared.kernel.roles import ACTORS, CITY_ROLES, UNIT_ROLES
from shared.platform.service.authority import Authority, Permission

STATE_NAMES = {
    "opened": "待移交",
    "transferred": "已移交待签收",
    "signed_for": "已签收",
    "handling": "办理中",
    "reported": "已反馈待审核",
    "reviewed": "已审核待办结",
    "closed": "已办结",
    "taken_back": "已撤销",
}
STATES = tuple(STATE_NAMES)


class Parties(Struct, frozen=True):
    """The units that a case concerns: whose it is, the group that answers for it, who verifies or verified what was
    escalated (`verifying`: now), who supervises or supervised it closely; `concerned` is the unit whose officials it is
    against."""

    unit: str
    group: str | None
    verifiers: tuple[str, ...] = ()
    verifying: tuple[str, ...] = ()
    supervisor: str | None = None
    concerned: str | None = None


NEEDED = {
    "return_requested": "此件没有待处理的退回申请，请核对编号。",
    "extension_requested": "此件没有待处理的延期申请，请核对编号。",
    "plan_proposed": "此件没有待批准的整改计划，请核对编号。",
    "suspected": "此件没有待申辩的虚假办结疑点，请核对编号。",
    "unappointed": "此件没有待指定核查单位的提级核查。涉嫌虚假办结的，收到申辩或申辩期满后再指定。",
    "verifying": "此件没有已指定核查单位的提级核查。请先由市局办公室指定核查单位。",
    "found": "追责须有核查属实的提级核查或重点督导。请先由核查单位作出结论，或启动重点督导。",
    "key_supervision": "此件没有进行中的重点督导。需要时请市局办公室启动。",
}
"""What to do where none of a command's `needs` is so: the sentence of the first."""

BARRING = {
    "return_requested": "退回申请已提交，请等待市局办公室处理。",
    "extension_requested": "延期申请已提交，请等待办公室主任批准。",
    "plan_proposed": "整改计划已报，请等待办公室主任批准。",
    "penalty_decided": "是否立案已经决定；此件重新办理后可以再次决定。",
    "suspected": "此件涉嫌虚假办结，正在申辩期内。请等待申辩期满后的核查结论。",
    "unappointed": "此件已提级核查，尚未指定核查单位。请市局办公室先指定，由核查单位作出结论。",
    "verifying": "此件正在提级核查。请核查单位先作出属实或不属实的结论。",
    "key_supervision": "此件正在重点督导。请督导工作组先结束，再重新启动。",
    "investigated": "事故调查已经启动，请核对编号。",
    "loop_over": "此件已办结并列入考核通报。确有问题的，请先提出虚假办结疑点或重新办理。",
}
"""What to do where one of a command's `bars` is so."""

AUTHORITY = Authority(ACTORS, STATE_NAMES, NEEDED, BARRING, clause="通知六（一）")
_WHOSE = {"": "负责该县（市、区）的督导工作组", "verifier": "指定的核查单位", "supervisor": "负责重点督导的工作组"}
"""Whose a case must be for a group to act on it: of its counties (where a row does not say), that it verifies now, that
it supervises closely; `any`: that concerns it in any of these ways."""


def check_now(row: Permission, state: str, situations: frozenset[str]) -> None:
    """Raise NotInThisState or NotInThisSituation unless the command may be given to a case in `state`, of which
    `situations` are so."""
    AUTHORITY.check_state(row, state)
    AUTHORITY.check_situation(row, situations)


def check_whose(row: Permission, group: str, parties: Parties) -> None:
    """Raise AnotherUnit unless the case of these `parties` is the group's as the command demands it."""
    if not _is_theirs(row.whose, group, parties):
        raise AnotherUnit(f"“{row.name}”由{_WHOSE[row.whose]}办理，请核对分工。")


def may_see(role: str, own: str, parties: Parties) -> bool:
    """Whether a role of unit `own` may see a case of these `parties`."""
    if role in CITY_ROLES:
        return True
    if role in UNIT_ROLES:
        return own == parties.unit
    return role == "group" and _is_theirs("any", own, parties)


def _is_theirs(whose: str, own: str, parties: Parties) -> bool:
    units = {
        "": (parties.group,),
        "verifier": parties.verifying,
        "supervisor": (parties.supervisor,),
        "any": (parties.group, parties.supervisor, *parties.verifiers),
    }
    return own in units[whose]
