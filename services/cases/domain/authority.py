"""Who may do what, when: one table, read by the domain to decide and by the pages to show what is possible and why not.

A row names the roles, the states from which the lifecycle has this step, what must be so (`needs`: one of them) and
what must not (`bars`), and whose cases: `unit` roles act on their own unit's cases, `city` roles on all, groups as
`whose` says (domain section 2; notice 六(一), 六(二)).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.cases.domain.errors import AnotherUnit, NotInThisSituation, NotInThisState, WrongRole
from shared.platform.event_store.envelope import Actor

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
_ALL = " ".join(STATES)
_RUNNING = "signed_for handling"
_OUT = "transferred signed_for handling"
_SINCE_OUT = "transferred signed_for handling reported reviewed closed"


@dataclass(frozen=True, slots=True)
class Parties:
    """The units that a case concerns: whose it is, the group that answers for it, who verifies or verified what was
    escalated (`verifying`: now), who supervises or supervised it closely."""

    unit: str
    group: str | None
    verifiers: tuple[str, ...] = ()
    verifying: tuple[str, ...] = ()
    supervisor: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """One command: what it is called on the screen, who may give it, from which states, in which situations.

    `whose` limits groups: to cases of their counties (`group`), that they verify now (`verifier`), that they supervise
    closely (`supervisor`), or that concern them in any of these ways (`any`).
    """

    name: str
    roles: frozenset[str]
    states: frozenset[str]
    needs: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    whose: str = "group"


def _row(name: str, roles: str, states: str, *, needs: str = "", bars: str = "", whose: str = "group") -> Permission:
    sets = frozenset(roles.split()), frozenset(states.split())
    return Permission(name, *sets, tuple(needs.split()), tuple(bars.split()), whose)


AUTHORITY: dict[str, Permission] = {
    "transfer": _row("签发交办书", "office director", "opened"),
    "sign-for": _row("签收", "county principal", "transferred"),
    "request-return": _row("申请退回", "county principal", "transferred signed_for", bars="return_requested"),
    "accept-return": _row("同意退回", "office director", _OUT, needs="return_requested", bars="unappointed verifying"),
    "refuse-return": _row("不同意退回", "office director", _OUT, needs="return_requested"),
    "assign-handler": _row("指定承办人", "county principal", _RUNNING),
    "record-step": _row("登记办理措施", "county principal station", _RUNNING),
    "remark": _row("备注", "county principal station group office director", _ALL, whose="any"),
    "request-extension": _row("申请延期", "county principal", _RUNNING, bars="extension_requested"),
    "grant-extension": _row("批准延期", "director", _RUNNING, needs="extension_requested"),
    "refuse-extension": _row("不批准延期", "office director", _RUNNING, needs="extension_requested"),
    "report-interim": _row("阶段性反馈", "county principal", _RUNNING),
    "report-result": _row("反馈办理结果", "county principal", _RUNNING),
    "decide-penalty-proceeding": _row(
        "决定是否立案", "principal", "handling reported reviewed", bars="penalty_decided"
    ),
    "review-result": _row("审核通过", "office director", "reported"),
    "reject-result": _row("审核退回", "office director", "reported"),
    "close": _row("办结", "director", "reviewed", bars="unappointed verifying"),
    "reopen": _row("重新办理", "director", "closed", bars="suspected unappointed verifying"),
    "suspect-false-closure": _row(
        "提出虚假办结疑点", "group office director", "closed", bars="suspected unappointed verifying"
    ),
    "reply": _row("申辩", "county principal", "closed", needs="suspected"),
    "appoint-verification": _row("指定核查单位", "office director", _SINCE_OUT, needs="unappointed replied"),
    "verify-escalation": _row("作出核查结论", "group", _SINCE_OUT, needs="verifying", whose="verifier"),
    "impose-accountability": _row("追责问责", "director taskforce", _ALL, needs="found was_supervised"),
    "start-key-supervision": _row("启动重点督导", "office director", _ALL, bars="key_supervision loop_over"),
    "end-key-supervision": _row("结束重点督导", "group", _ALL, needs="key_supervision", whose="supervisor"),
}
OPENERS = {
    "county": "unit",
    "principal": "unit",
    "group": "inspection",
    "office": "inspection",
    "director": "inspection",
}
"""Who may open a case without a tip, and the origin it then has."""

NEEDED = {
    "return_requested": "此件没有待处理的退回申请，请核对编号。",
    "extension_requested": "此件没有待处理的延期申请，请核对编号。",
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
    "penalty_decided": "是否立案已经决定；此件重新办理后可以再次决定。",
    "suspected": "此件涉嫌虚假办结，正在申辩期内。请等待申辩期满后的核查结论。",
    "unappointed": "此件已提级核查，尚未指定核查单位。请市局办公室先指定，由核查单位作出结论。",
    "verifying": "此件正在提级核查。请核查单位先作出属实或不属实的结论。",
    "key_supervision": "此件正在重点督导。请督导工作组先结束，再重新启动。",
    "loop_over": "此件已办结并列入考核通报。确有问题的，请先提出虚假办结疑点或重新办理。",
}
"""What to do where one of a command's `bars` is so."""


def check_may(
    command: str, actor: Actor, state: str, parties: Parties, situations: frozenset[str] = frozenset()
) -> None:
    """Raise WrongRole, AnotherUnit, NotInThisState or NotInThisSituation unless the actor may give `command` to a case
    in `state`, of these `parties`, of which `situations` are so."""
    check_actor(command, actor, parties)
    permission = AUTHORITY[command]
    if state not in permission.states:
        states = "、".join(STATE_NAMES[s] for s in STATES if s in permission.states)
        raise NotInThisState(f"此件现为“{STATE_NAMES[state]}”，“{permission.name}”须在“{states}”时办理。")
    if permission.needs and situations.isdisjoint(permission.needs):
        raise NotInThisSituation(NEEDED[permission.needs[0]])
    for bar in permission.bars:
        if bar in situations:
            raise NotInThisSituation(BARRING[bar])
    if actor.role == "group" and not _is_theirs(permission.whose, actor.unit, parties):
        raise AnotherUnit(f"“{permission.name}”由{_WHOSE[permission.whose]}办理，请核对分工。")


def check_actor(command: str, actor: Actor, parties: Parties) -> None:
    """Raise WrongRole or AnotherUnit unless the actor's role has this command and may see the case."""
    permission = AUTHORITY[command]
    if actor.role not in permission.roles:
        raise WrongRole(f"“{permission.name}”由{_role_names(permission.roles)}办理，请转有权人员。")
    if not may_see(actor.role, actor.unit, parties):
        raise AnotherUnit("此件由其他单位承办，请核对编号；需要协办的，请联系市局办公室。")


def may_see(role: str, own: str, parties: Parties) -> bool:
    """Whether a role of unit `own` may see a case of these `parties`."""
    if role in CITY_ROLES:
        return True
    if role in UNIT_ROLES:
        return own == parties.unit
    return role == "group" and _is_theirs("any", own, parties)


def why_not(
    command: str, actor: Actor, state: str, parties: Parties, situations: frozenset[str] = frozenset()
) -> str | None:
    """None when `check_may` passes, else its sentence: for buttons that say why they cannot be pressed."""
    try:
        check_may(command, actor, state, parties, situations)
    except (WrongRole, AnotherUnit, NotInThisState, NotInThisSituation) as refusal:
        return refusal.sentence
    return None


def _is_theirs(whose: str, own: str, parties: Parties) -> bool:
    units = {
        "group": (parties.group,),
        "verifier": parties.verifying,
        "supervisor": (parties.supervisor,),
        "any": (parties.group, parties.supervisor, *parties.verifiers),
    }
    return own in units[whose]


_WHOSE = {"group": "负责该县（市、区）的督导工作组", "verifier": "指定的核查单位", "supervisor": "负责重点督导的工作组"}
_ROLE_NAMES = {
    "office": "市局办公室",
    "director": "办公室主任",
    "taskforce": "专项工作组",
    "county": "县级局承办人",
    "principal": "县级局主要负责人",
    "station": "市场监管所",
    "group": "督导工作组",
}


def _role_names(roles: frozenset[str]) -> str:
    return "、".join(name for role, name in _ROLE_NAMES.items() if role in roles)
