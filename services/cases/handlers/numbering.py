"""A letter number that somebody holds and the register does not know: after a restore of which no bus could tell.

Where the bus was kept, the register voids by itself what was used (see `forgetting`). Where it was lost too, the office
asks the counties, and says here what it has learned, before another letter gets the number.
"""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from services.cases.domain.errors import NumberKnown
from services.cases.domain.letter_register import LetterRegister
from services.cases.handlers.forgetting import NOT_TOLD, USED
from services.cases.letters import register_place
from shared.kernel.commands import Setting
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Label, Line

AT_MOST = 200
"""A slip of the pen must not void a year's numbers: those are never given again."""
commands = Table()


class VoidNumbers(Body):
    """A letter with this number went out in a time that a restore took away. It and what was not given before it are
    void and stay in the register, marked."""

    letter: Annotated[Line, Label("已发交办书的文号")]


class ToldOfRegister(TypedDict):
    """A register of letters: its form, its year, and how many numbers were given or are void."""

    form: str
    year: int
    numbers: int


def told(register: LetterRegister) -> ToldOfRegister:
    return {"form": register.form, "year": register.year, "numbers": register.next - 1}


@commands.add("void", VoidNumbers, permission("作废恢复前已用的文号", "office director"), signs=True)
def void(context: Context[Setting], _: None, asked: VoidNumbers) -> LetterRegister:
    campaign, session = context.setting.campaign, context.session
    place = register_place(campaign, asked.letter)
    if place is None or place[1] > context.at.astimezone(campaign.zone).year:
        example = campaign.letter_number(campaign.letters.forms[0].code, context.at.astimezone(campaign.zone).year, 17)
        raise Invalid("letter", f"请照交办书写文号，如 {example}。")
    form, year, n = place
    id_ = LetterRegister.id_of(campaign.id, form, year)
    register = session.find(LetterRegister, id_) or LetterRegister.open(context.envelope, campaign.id, form, year)
    if n < register.next:
        raise NumberKnown("登记簿里已有这个文号，不必作废；两份交办书同号的，请收回其中一份。")
    if n - register.next >= AT_MOST:
        raise Invalid("letter", f"一次最多作废 {AT_MOST} 个文号，作废后不能恢复。请核对。")
    while register.next <= n:
        number = campaign.letter_number(form, year, register.next)
        register.void(context.envelope, number, None, USED if register.next == n else NOT_TOLD)
    return register
