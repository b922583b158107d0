"""Which units' cases a viewer may see: one answer for lists, feeds and counts of all services (domain section 2).

What a role may *do* is decided by each service's table of authority; the databases' row-level security is the second
wall behind this one.
"""

from __future__ import annotations

from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.roles import CITY_ROLES, UNIT_ROLES
from shared.platform.web.session import Viewer

ALL_UNITS = "*"


def units_seen(campaign: Campaign, viewer: Viewer) -> tuple[str, ...] | None:
    """The codes of the units whose cases the viewer may see; None for all, empty for none."""
    if viewer.role in CITY_ROLES:
        return None
    if viewer.role == "group":
        try:
            return campaign.group(viewer.unit).units
        except UnknownCode:
            return ()
    return (home_unit(campaign, viewer.unit),) if viewer.role in UNIT_ROLES else ()


def home_unit(campaign: Campaign, unit: str) -> str:
    """The county-level unit of a unit role: a station acts within its county."""
    try:
        return campaign.county_of_station(unit).code
    except UnknownCode:
        return unit


def is_hidden(campaign: Campaign, person: str, concerned: str | None) -> bool:
    """Whether a matter against the officials of the unit `concerned` is hidden from this person, in every seat."""
    return concerned is not None and concerned in campaign.bodies_of(person)


def interests_of(campaign: Campaign, viewer: Viewer) -> list[str]:
    """The bodies to which a viewer belongs by whatever seat: what is against their officials is hidden from him."""
    return sorted(campaign.bodies_of(viewer.id))


def interests_setting(campaign: Campaign, viewer: Viewer | None) -> str:
    """The value of `bihuan.interests` by which the databases hide what is against the officials of a viewer's own
    bodies."""
    return ",".join(interests_of(campaign, viewer)) if viewer is not None else ""


def row_setting(campaign: Campaign, viewer: Viewer | None) -> str:
    """The value of `bihuan.units` by which the databases' row-level security lets a viewer's rows through: those of his
    units, a group's also where it is addressed itself; none of a visitor's."""
    if viewer is None:
        return ""
    units = units_seen(campaign, viewer)
    if units is None:
        return ALL_UNITS
    return ",".join((*units, viewer.unit) if viewer.role == "group" else units)
