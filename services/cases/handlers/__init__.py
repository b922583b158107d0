"""What people may order of *cases*, by subject: body, permission and function of each command, in one table.

A function refuses, or lets events happen to the case; dates come from the campaign's rules, names from its people.
`heard` is what others tell and what time does.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from services.cases.domain import authority
from services.cases.domain.case import Case
from services.cases.domain.independence import check_independent
from services.cases.handlers import concluding, escalating, handling, numbering, opening, supervising, transferring
from shared.kernel.commands import Setting
from shared.kernel.visibility import is_hidden
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.session import NotFound
from shared.platform.service.answers import Id, Instant
from shared.platform.service.authority import Permission, WrongRole
from shared.platform.service.command import Context, Resource, Table

COMMANDS = Table(
    transferring.commands, handling.commands, concluding.commands, escalating.commands, supervising.commands
)
"""Every command on a case."""


class ToldOfCase(TypedDict):
    """A case after a command; `letter` is its last one, `due` the feedback date while there is one."""

    case: Id
    version: int
    state: str
    unit: str
    letter: NotRequired[str]
    due: NotRequired[Instant]


def told(case: Case) -> ToldOfCase:
    answer: ToldOfCase = {"case": str(case.id), "version": case.version, "state": case.state, "unit": case.unit}
    if case.letter is not None:
        answer["letter"] = case.letters[-1]
    if case.feedback is not None:
        answer["due"] = case.feedback.printed
    return answer


def may_at_all(row: Permission, actor: Actor, case: Case | None, setting: Setting) -> None:
    """Raise WrongRole; and NotFound for a case that is not the actor's to see: to him there is none."""
    authority.AUTHORITY.check_role(row, actor)
    if case is None:
        return
    parties = case.parties
    hidden = is_hidden(setting.campaign, actor.id, parties.concerned)
    if hidden or not authority.may_see(actor.role, actor.unit, parties):
        raise NotFound("case", case.id)


def may_now(row: Permission, actor: Actor, case: Case, setting: Setting) -> None:
    authority.check_now(row, case.state, case.situations)
    if actor.role == "group":
        authority.check_whose(row, actor.unit, case.parties)
    if row.decides:
        check_independent(setting.campaign, row, actor, case)


def may_open(row: Permission, actor: Actor, _: object, __: object) -> None:
    """Raise WrongRole for those who only look on."""
    if actor.role not in row.roles:
        raise WrongRole("直接登记问题由县级局、督导工作组或市局办公室办理；群众举报请走举报入口。")


def find(context: Context[object]) -> Case:
    return context.get(Case, "case")


CASE = Resource("/cases/{case}", COMMANDS, told, may_at_all, may_now, find)
NEW_CASE = Resource("/cases", opening.commands, told, may_open)
LETTER_NUMBERS = Resource("/letter-numbers", numbering.commands, numbering.told, may_at_all)
