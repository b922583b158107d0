"""An officer decides what becomes of a tip, or adds what helps to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from services.intake.domain.authority import OFFICERS
from services.intake.domain.events import TipDismissed, TipReferredElsewhere, TipSupplemented, TipTriaged
from services.intake.domain.tip import Tip
from services.intake.domain.values import Account, Lead, Suggestion
from services.intake.handlers.writing import sealed_message, tell, tip_of
from services.intake.reception import FIELDS, Intake
from services.intake.rules.keywords import TIP
from services.intake.rules.triage import LEAVING, Words, check_nothing_reveals_the_tipster, public_enterprise
from shared.kernel.commands import county, term
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Address, Context, Table
from shared.platform.service.fields import Body, Choice, Code, Codes, Label, Line, LongText, Text

ALLEGED = Choice(
    lambda setting, _, locale: [
        (one.code, one.name(locale)) for one in setting.campaign.taxonomy("violations").terms if not one.work_check
    ],
    term("violations").wrong,
)
"""A violation that somebody may be accused of: what inspections of the work itself look at is none."""
CHANNELS = Choice(
    lambda setting, tip, locale: [
        option for option in term("tip_kinds").options(setting, tip, locale) if option[0] != TIP
    ],
    "请写明转往哪个渠道。",
)
Reply = Annotated[LongText | None, Label("告诉举报人的话（可不填）"), Field(repr=False)]
commands = Table()


class Triage(Body):
    """Which unit the tip concerns. What is left out follows what the rules recognised; an explicit null of
    `violation`, `target`, `enterprise` or `place` says that it is not known.

    `matter`, `enterprise` and `place` leave intake.
    """

    unit: Annotated[Code | None, Label("交哪个单位", empty="请选择", required=True), county()] = None
    matter: Annotated[
        Annotated[Text, Field(max_length=500)] | None,
        Label("事由", "会印在交办书上。不写举报人的原话，不写能认出举报人的内容。留空按所选项目生成。"),
    ] = None
    enterprise: Annotated[Line | None, Label("涉及单位", "招牌或执照上的名称；不清楚则留空。")] = None
    place: Annotated[Line | None, Label("地点，写到乡镇、街道为止")] = None
    violation: Annotated[Code | None, Label("违法行为", empty="不清楚"), ALLEGED] = None
    target: Annotated[Code | None, Label("重点范围", empty="不清楚"), term("targets")] = None
    matters: Annotated[Codes | None, Label("特别事项", empty="没有"), term("matters")] = None
    danger: Annotated[bool | None, Label("危及生命")] = None


async def _checked(setting: Intake, address: Address, asked: Triage, _: Actor) -> str | None:
    """The enterprise as others may know it. Raises Revealing for words that could identify the tipster."""
    reception, tip = setting.reception, tip_of(address)
    name, phone = await reception.identity(tip)
    check_nothing_reveals_the_tipster({field: getattr(asked, field) for field in LEAVING}, name, phone)
    if "enterprise" in asked.model_fields_set:
        return asked.enterprise
    typed = (await reception.account(await reception.row(tip))).fields.get("enterprise", "")
    return public_enterprise(typed, name, phone)


@commands.add("triage", Triage, permission("交办", OFFICERS, "received"), prepare=_checked)
def triage(context: Context[Intake], tip: Tip, asked: Triage) -> None:
    campaign, found, given = context.setting.campaign, tip.suggestion, asked.model_fields_set
    unit = asked.unit or found.unit
    if unit is None:
        raise Invalid("unit", "没有认出唯一的辖区，请写明交哪个单位。", campaign.county_codes)
    violation = asked.violation if "violation" in given else found.violation
    target = asked.target if "target" in given else found.target
    place = asked.place if "place" in given else found.place
    recognised = found.matter if not {"unit", "place", "violation", "target"} & given else None
    composed = context.setting.reader.matter(place or campaign.county(unit).zh, target, violation)
    lead = Lead(
        unit=unit,
        matter=asked.matter or recognised or str(composed),
        enterprise=context.prepared,
        place=place,
        violation=violation,
        target=target,
        matters=found.matters if asked.matters is None else asked.matters,
        danger=tip.danger if asked.danger is None else asked.danger,
    )
    context.happens(tip, TipTriaged, lead=lead)


class ReferElsewhere(Body):
    """Hands a complaint or an enquiry to its own channel; left out, the channel of the tip's kind."""

    channel: Annotated[Code | None, Label("渠道", empty="请选择", required=True), CHANNELS] = None
    message: Reply = None


@commands.add("refer-elsewhere", ReferElsewhere, permission("转专门渠道", OFFICERS, "received"), prepare=sealed_message)
def refer_elsewhere(context: Context[Intake], tip: Tip, asked: ReferElsewhere) -> None:
    channel = asked.channel or (tip.kind if tip.kind != TIP else tip.suggestion.kind)
    if channel == TIP:
        channels = CHANNELS.options(context.setting, tip, "zh")
        raise Invalid("channel", "请写明转往哪个渠道。", tuple(code for code, _ in channels))
    context.happens(tip, TipReferredElsewhere, channel=channel)
    tell(context, tip)


class Dismiss(Body):
    """Ends a tip without a case. `reason` is one of the campaign's return reasons; `message` goes to the receipt."""

    reason: Annotated[Code, Label("理由", empty="请选择"), term("return_reasons")]
    message: Reply = None


@commands.add("dismiss", Dismiss, permission("了结", OFFICERS, "received"), prepare=sealed_message)
def dismiss(context: Context[Intake], tip: Tip, asked: Dismiss) -> None:
    context.happens(tip, TipDismissed, reason=asked.reason)
    tell(context, tip)


class Supplement(Body):
    """What an officer learnt afterwards; at least one field."""

    text: Annotated[LongText | None, Label("回访或核实得知"), Field(repr=False)] = None
    place: Annotated[Line | None, Label("地点"), Field(repr=False)] = None
    enterprise: Annotated[Line | None, Field(repr=False)] = None
    equipment: Annotated[Line | None, Field(repr=False)] = None


@dataclass(frozen=True, slots=True)
class Supplemented:
    """What was added, sealed under its own identifier, and what the rules make of everything now."""

    supplement: str
    account: Account
    suggestion: Suggestion


async def _read_again(setting: Intake, address: Address, asked: Supplement, _: Actor) -> Supplemented:
    reception, tip = setting.reception, tip_of(address)
    row = await reception.row(tip)
    added = {name: value for name in FIELDS if (value := getattr(asked, name))}
    papers = [(await reception.account(row)).fields, *(text.fields for text in await reception.texts(tip)), added]
    everything = {name: "\n".join(paper[name] for paper in papers if paper.get(name)) for name in FIELDS}
    suggestion = setting.reader.read(
        Words(**everything, category=row.category, kind=row.kind, danger=row.danger)
    )  # fmt: skip
    supplement = str(new_id())
    return Supplemented(supplement, await reception.sealed(tip, supplement, added), suggestion)


@commands.add("supplement", Supplement, permission("补充内容", OFFICERS, "received"), prepare=_read_again)
def supplement(context: Context[Intake], tip: Tip, _: Supplement) -> None:
    added: Supplemented = context.prepared
    context.happens(
        tip, TipSupplemented, supplement=added.supplement, account=added.account, suggestion=added.suggestion
    )
