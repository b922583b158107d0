"""Taking in a tip, and in the same breath its triage where the rules are certain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import structs
from pydantic import Field, StringConstraints

from services.intake.domain.authority import OFFICERS
from services.intake.domain.errors import OutsidePeriod
from services.intake.domain.events import IdentitySealed, TipReceived, TipTriaged
from services.intake.domain.tip import TIPSTER, Tip
from services.intake.domain.values import Lead, Suggestion
from services.intake.handlers.clocks import remind_at
from services.intake.handlers.triaging import ALLEGED
from services.intake.limits import admitted
from services.intake.reception import FIELDS, Intake, TakenIn
from services.intake.rules import redaction
from services.intake.rules.keywords import TIP
from services.intake.rules.triage import FLOOD, RULE, Words
from services.intake.vault import Identity as Who
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import due_under
from shared.kernel.commands import term
from shared.platform.event_store.envelope import Actor, system
from shared.platform.event_store.events import begin
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import WrongRole, permission
from shared.platform.service.command import Address, Context, Table, check_choices
from shared.platform.service.fields import Body, Choice, Code, Line, LongText, Past

Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z/_-]{0,59}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()-]{4,24}$")]
MODES = Choice(lambda _, __, ___: [(mode, mode) for mode in ("confidential", "open")], "没有这种实名方式。")
CATEGORIES = Choice(
    lambda setting, tip, locale: [
        *term("targets").options(setting, tip, locale), *ALLEGED.options(setting, tip, locale)
    ],
    "没有这个类别代码。",
)  # fmt: skip
"""What a sender may choose."""
commands = Table()


class Identity(Body):
    """Who gives the tip. `mode`: confidential (known to the vault alone) | open."""

    name: Annotated[Line, Field(max_length=50, repr=False)]
    phone: Annotated[Phone, Field(repr=False)]
    mode: Annotated[Code, MODES] = "confidential"


class Receive(Body):
    """A tip. `category` is a code of the campaign's targets or violations; `external_no` another system's number,
    which an officer registers with its source: given again, it is the same tip."""

    text: Annotated[LongText, Field(repr=False)]
    kind: Annotated[Code, term("tip_kinds")] = TIP
    occurred_at: Past | None = None
    place: Annotated[Line | None, Field(repr=False)] = None
    enterprise: Annotated[Line | None, Field(repr=False)] = None
    equipment: Annotated[Line | None, Field(repr=False)] = None
    category: Annotated[Code | None, CATEGORIES] = None
    danger: bool = False
    external_no: Number | None = None
    identity: Annotated[Identity | None, Field(repr=False)] = None
    source: Annotated[Code, term("tip_sources")] = "web"


@dataclass(frozen=True, slots=True)
class SealedTip:
    """A tip on its way in: what was written is ciphertext, what the rules made of it is not."""

    taken_in: TakenIn
    suggestion: Suggestion
    lead: Lead | None


async def _sealed(setting: Intake, address: Address, asked: Receive, actor: Actor) -> SealedTip:
    """Check, before anything is kept; read by the rules, seal, keep."""
    check_choices(asked, setting, None)
    if asked.source != "web" and actor == TIPSTER:
        raise WrongRole("此来源由举报热线或市局办公室登记。网上举报请将 source 写为 web 或不写。")
    who = asked.identity
    name, phone = (who.name, who.phone) if who else (None, None)
    if asked.external_no is not None:
        _check_number(asked.external_no, phone, actor)
    written: dict[str, str | None] = {field: getattr(asked, field) for field in FIELDS}
    words = Words(
        **{field: value or "" for field, value in written.items()},
        category=asked.category, kind=asked.kind, danger=asked.danger,
    )  # fmt: skip
    suggestion = setting.reader.read(words)
    if "sender" in address:
        suggestion = await admitted(setting.limiter, address["sender"], suggestion)
    lead = setting.reader.lead(suggestion, words.enterprise, name, phone) if asked.kind == TIP else None
    identity = Who(who.name, who.phone, who.mode) if who else None
    reception, tip = setting.reception, UUID(address["tip"])
    if asked.external_no is None:
        taken_in = await reception.take_in(tip, written, identity)
    else:
        taken_in = await reception.take_in_once(asked.source, asked.external_no, tip, written, identity)
    return SealedTip(taken_in, suggestion, lead)


def _check_number(number: str, phone: str | None, actor: Actor) -> None:
    """It leaves intake, so it is of those who know such numbers, and of no person."""
    if actor == TIPSTER:
        raise Invalid(
            "external_no", "外部编号由举报热线或市局办公室登记，并写明来源 source。网上举报请不要写 external_no。"
        )
    if redaction.is_a_persons_number(number, phone):
        raise Invalid("external_no", "外部编号不得为电话或身份证号码；姓名和电话请填在 identity 中。")


@commands.add("", Receive, permission("登记举报", f"{TIPSTER.role} {OFFICERS}"), prepare=_sealed)
def receive(context: Context[Intake], _: None, asked: Receive) -> Tip:
    """A new tip; or, where another system's number was given before, the tip that it belongs to, as it is."""
    campaign, sealed = context.setting.campaign, context.prepared
    taken_in: TakenIn = sealed.taken_in
    known = context.session.find(Tip, taken_in.tip) if asked.external_no is not None else None
    if known is not None:
        return known
    in_period = campaign.covers(context.at)
    if not in_period and campaign.limits.outside_period == "refuse":
        raise OutsidePeriod("不在集中行动期间，请拨打举报电话反映。")
    danger = sealed.suggestion.danger
    triage_due = _triage_due(campaign, context.at, danger)
    tip = begin(
        Tip, TipReceived, id=taken_in.tip, envelope=context.envelope, kind=asked.kind,
        source=asked.source, mode=asked.identity.mode if asked.identity else "anonymous", account=taken_in.account,
        suggestion=sealed.suggestion, triage_due=triage_due, danger=danger,
        in_period=in_period, category=asked.category, occurred_at=asked.occurred_at, external_no=asked.external_no,
        remind_at=max(context.at, remind_at(campaign, triage_due)), of_many=FLOOD in sealed.suggestion.doubts,
    )  # fmt: skip
    if asked.identity is not None and taken_in.pseudonym is not None:
        context.happens(tip, IdentitySealed, pseudonym=taken_in.pseudonym)
    if sealed.lead is not None:
        by_rule = structs.replace(context.envelope, actor=system(RULE), rule=RULE)
        tip.trigger_event(TipTriaged, envelope=by_rule, lead=sealed.lead)
    return tip


def _triage_due(campaign: Campaign, received: datetime, danger: bool) -> datetime:
    circumstance = "danger" if danger and "danger" in campaign.taxonomy("circumstances") else None
    return due_under(campaign, "triage", received, circumstance).due
