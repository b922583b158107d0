"""The dialogue between the office and the holder of a receipt; possible for ever, whatever became of the tip."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.intake.domain.authority import OFFICERS
from services.intake.domain.events import MessageFromTipster, MessageToTipster
from services.intake.domain.tip import TIPSTER, Tip
from services.intake.handlers.clocks import the_triage_goes_on, the_triage_waits_for_the_tipster
from services.intake.reception import Intake, SealedMessage
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import parse_id
from shared.platform.service.authority import permission
from shared.platform.service.command import NOBODY, Address, Context, Table
from shared.platform.service.fields import Body, Label, LongText

commands = Table()
of_the_tipster = Table()


class Message(Body):
    """A message from or to the holder of a receipt."""

    text: Annotated[LongText, Label("举报人凭回执码看到"), Field(repr=False)]


def tip_of(address: Address) -> UUID:
    """The tip that an address names; where it can name none, that of no tip."""
    return parse_id(address["tip"]) or NOBODY


async def sealed_message(setting: Intake, address: Address, asked: Any, _: Actor) -> SealedMessage | None:
    """The message that goes with a decision, if there is one."""
    return await setting.reception.message(tip_of(address), asked.message) if asked.message else None


async def _sealed_text(setting: Intake, address: Address, asked: Message, _: Actor) -> SealedMessage:
    return await setting.reception.message(tip_of(address), asked.text)


def tell(context: Context[Intake], tip: Tip, *, asks: bool = False) -> None:
    """What was prepared as a message goes to the holder of the receipt."""
    message: SealedMessage | None = context.prepared
    if message is not None:
        waits = the_triage_waits_for_the_tipster(context.setting.campaign, tip, context.at) if asks else {}
        context.happens(tip, MessageToTipster, message=message.message, text=message.text, **waits)


class Answer(Message):
    """A message to the holder of a receipt. `asks`: it asks what the triage depends on."""

    asks: Annotated[
        bool,
        Label("等候举报人回答", "等候期间不计信息处置时限，最多两个工作日，每件一次；危及生命的照常计算，请电话核实"),
    ] = False


@commands.add("message", Answer, permission("回复举报人", OFFICERS), prepare=_sealed_text)
def message(context: Context[Intake], tip: Tip, asked: Answer) -> None:
    tell(context, tip, asks=asked.asks)


@of_the_tipster.add("messages", Message, permission("补充情况", TIPSTER.role), prepare=_sealed_text)
def hear(context: Context[Intake], tip: Tip, _: Message) -> None:
    heard: SealedMessage = context.prepared
    goes_on = the_triage_goes_on(context.setting.campaign, tip, context.at)
    context.happens(tip, MessageFromTipster, message=heard.message, text=heard.text, **goes_on)
