"""Opening a case without a tip: a problem that an inspection or the unit itself found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from services.cases import letters, rules
from services.cases.domain.case import Case
from services.cases.domain.conclusions import investigator_of
from services.cases.domain.errors import AnotherUnit, OfficialsOfThisUnit
from services.cases.domain.values import Matter
from shared.kernel.campaign import Campaign
from shared.kernel.commands import Setting, county, term
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import permission
from shared.platform.service.command import Context, Table
from shared.platform.service.fields import Body, Codes, Line, Past, Text

AGAINST_OFFICIALS = "against_officials"
OPENERS = {
    "county": "unit",
    "principal": "unit",
    "group": "inspection",
    "office": "inspection",
    "director": "inspection",
}
"""Who may open a case without a tip, and the origin it then has."""
commands = Table()


class Open(Body):
    """A problem found without a tip: by an inspection of the city or a group, or by the unit itself. `major`: a major
    hazard, which lengthens the window unless life is in danger."""

    matter: Text
    unit: Annotated[Line | None, county()] = None
    enterprise: Line | None = None
    place: Line | None = None
    violation: Annotated[Line | None, term("violations")] = None
    target: Annotated[Line | None, term("targets")] = None
    matters: Annotated[Codes, term("matters")] = ()
    danger: bool = False
    major: bool = False
    found_at: Past | None = None


@commands.add("", Open, permission("登记问题", " ".join(OPENERS)))
def open_case(context: Context[Setting], _: None, asked: Open) -> Case:
    campaign, actor = context.setting.campaign, context.actor
    origin = OPENERS[actor.role]
    unit = asked.unit or (actor.unit if origin == "unit" else None)
    counties = campaign.county_codes
    if unit is None:
        raise Invalid("unit", "请写明问题所在的县级单位。", counties)
    if unit not in counties:  # the actor's own may be none
        raise Invalid("unit", "没有这个单位代码。", counties)
    if origin == "unit" and unit != actor.unit:
        raise AnotherUnit("只能登记本单位发现的问题。")
    if actor.role == "group" and unit not in campaign.group(actor.unit).units:
        raise AnotherUnit("只能登记本督导工作组负责县（市、区）的问题。")
    against = AGAINST_OFFICIALS in asked.matters
    if against and origin == "unit":
        raise OfficialsOfThisUnit("涉及本单位工作人员的问题不得由本单位办理。请报市局办公室，或移送纪检监察机关。")
    matter = Matter(
        text=asked.matter, source=origin, received_at=asked.found_at or context.at, enterprise=asked.enterprise,
        place=asked.place, violation=asked.violation, target=asked.target, matters=asked.matters, danger=asked.danger,
        against_officials=against, concerned=unit if against else None, major=asked.major,
    )  # fmt: skip
    return opened(campaign, context.envelope, origin, unit, matter)


def opened(
    campaign: Campaign, envelope: Envelope, origin: str, unit: str, matter: Matter, id_: UUID | None = None
) -> Case:
    """A new case for what was found. What the unit found itself needs no transfer: its feedback window runs at once."""
    unit = letters.first_unit(campaign, matter, unit)
    transfer = feedback = None
    if origin == "inspection":
        transfer = rules.a_triaged_tip_is_transferred_in_time(campaign, envelope.at, matter, envelope.at)
    else:
        feedback = rules.the_unit_answers_by_the_letters_date(
            campaign, envelope.at, rules.danger_to_life_comes_before_everything(matter, None), None
        )
    return Case.open(
        envelope, id=id_ or new_id(), origin=origin, unit=unit, group=letters.group_of(campaign, unit), matter=matter,
        in_period=campaign.covers(envelope.at), transfer=transfer, feedback=feedback,
        investigation=investigator_of(campaign, matter.matters, matter.violation),
    )  # fmt: skip
