"""What the office owes the public, of one result or in a week: the call that its clock wants, and what is raised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.notify.domain.events import OfficeClockMissed
from shared.kernel.campaign.office import OfficeDate
from shared.platform.event_store.envelope import Envelope

CLOCK = "office"


def clock_of(office: OfficeDate | None) -> dict[str, datetime]:
    """The call that a clock of the office now wants."""
    return {CLOCK: office.call} if office is not None and office.call is not None else {}


def miss(owing: Any, envelope: Envelope, owner_role: str, further: datetime) -> str | None:
    """A clock of the office on a disclosure or a week is over: it is raised, once to each. To whom now."""
    one: OfficeDate | None = owing.office
    missed = one.missed_at(envelope.at, owner_role, further) if one is not None else None
    if missed is None:
        return None
    owing.trigger_event(OfficeClockMissed, envelope=envelope, **missed)
    return missed["raised_to"]
