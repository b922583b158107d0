"""What people may order of *intake*, by subject: body, permission and function of each command, in one table.

What is written is sealed before the lane (`prepare`), so that a function sees ciphertext; it refuses, or lets events
happen to the tip. Nothing follows from what others tell but read rows; what time does is in `clocks`.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from services.intake.domain.authority import AUTHORITY
from services.intake.domain.tip import Tip
from services.intake.handlers import receiving, triaging, writing
from services.intake.reception import Intake
from shared.kernel.visibility import is_hidden
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.session import NotFound
from shared.platform.service.answers import Id
from shared.platform.service.authority import Permission
from shared.platform.service.command import Context, Resource, Table


class ToldOfTip(TypedDict):
    """A tip after a command; `unit` is that of its first part, once it is triaged."""

    tip: Id
    version: int
    state: str
    unit: NotRequired[str]


def told(tip: Tip) -> ToldOfTip:
    """What the giver of a command is told of the tip."""
    answer: ToldOfTip = {"tip": str(tip.id), "version": tip.version, "state": tip.state}
    if tip.lead is not None:
        answer["unit"] = tip.lead.unit
    return answer


def may_at_all(row: Permission, actor: Actor, tip: Tip | None, setting: Intake) -> None:
    """Raise WrongRole; and NotFound for a tip against officials of a body in which the actor has a seat."""
    AUTHORITY.check_role(row, actor)
    if tip is not None and is_hidden(setting.campaign, actor.id, tip.concerned):
        raise NotFound("tip", tip.id)


def may_now(row: Permission, _: Actor, tip: Tip, __: object) -> None:
    AUTHORITY.check_state(row, tip.state)


def find(context: Context[object]) -> Tip:
    return context.get(Tip, "tip")


TIP = Resource("/tips/{tip}", Table(triaging.commands, writing.commands), told, may_at_all, may_now, find)
"""What officers order; in the order of the buttons."""
NEW_TIP = Resource("/tips", receiving.commands, lambda tip: {"tip": str(tip.id)}, may_at_all)
"""Its address names the identifier that the new tip is to have."""
RECEIPT = Resource("/receipts/{code}", writing.of_the_tipster, told, may_at_all, may_now, find)
"""What the holder of a receipt may do; the address names the tip that was found by the code."""
