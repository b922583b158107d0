"""What the pages call units, people and codes of the campaign; a code that it does not know stays as it is."""

from __future__ import annotations

from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.bodies import County
from shared.kernel.campaign.definition import CITY
from shared.kernel.roles import ROLE_NAMES
from shared.platform.dates import Locale
from shared.platform.event_store.envelope import Actor


def unit_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """Who acts for a unit: of a county-level one its bureau (泽州县市场监督管理局), of any other body its own name."""
    try:
        unit = campaign.unit(code)
    except UnknownCode:
        return code
    if isinstance(unit, County):
        return unit.bureau if locale == "zh" else unit.bureau_en
    return unit.name(locale)


def place_name(campaign: Campaign, code: str, locale: Locale = "zh") -> str:
    """A unit as a line of a table (泽州县); empty for the whole city, whose line each page names itself."""
    if code == CITY:
        return ""
    try:
        return campaign.unit(code).name(locale)
    except UnknownCode:
        return code


def person_name(campaign: Campaign, person: str) -> str:
    try:
        return campaign.person(person).name
    except UnknownCode:
        return person


def person_with_unit(campaign: Campaign, person: str) -> str:
    """“泽州县市场监督管理局 林知远”."""
    try:
        found = campaign.person(person)
    except UnknownCode:
        return person
    return f"{unit_name(campaign, found.unit)} {found.name}"


def actor_name(campaign: Campaign, actor: Actor) -> str:
    """Who acted: a person with the unit, a program by its unit and role, a rule as the system."""
    if actor.role == "system":
        return "系统"
    name = person_with_unit(campaign, actor.id)
    if name != actor.id:
        return name
    unit = "" if actor.unit == CITY else f"{unit_name(campaign, actor.unit)} "
    return f"{unit}{ROLE_NAMES[actor.role]}（接口）"


def term_name(campaign: Campaign, taxonomy: str, code: str, locale: Locale = "zh") -> str:
    """A code of one of the campaign's lists. Raises UnknownCode."""
    return campaign.taxonomy(taxonomy).term(code).name(locale)
