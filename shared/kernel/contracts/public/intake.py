"""Public events of *intake*: that something was heard, never what or by whom."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.kernel.contracts.clocks import MissedByTheOffice
from shared.kernel.contracts.fields import Instant, TipId, Unit


class TipReceived(Struct, frozen=True):
    """A tip came in. No text, no place, no identity."""

    tip: TipId
    state: Annotated[Literal["received"], Meta(description="Where the tip stands after this event.")]
    source: Annotated[str, Meta(description="Where it came in, a code of the campaign.")]
    received_at: Annotated[Instant, Meta(description="When it came in.")]


class TipTriaged(Struct, frozen=True):
    """A tip was found to concern a unit; *cases* opens a case from it."""

    tip: TipId
    state: Annotated[Literal["triaged"], Meta(description="Where the tip stands after this event.")]
    unit: Unit
    triaged_at: Annotated[Instant, Meta(description="When it was settled which unit it concerns.")]


class TipDismissed(Struct, frozen=True):
    """A tip was closed without a case, with the coded reason."""

    tip: TipId
    state: Annotated[Literal["dismissed"], Meta(description="Where the tip stands after this event.")]
    reason: Annotated[str, Meta(description="Why, a code of the campaign.")]


class TipReferredElsewhere(Struct, frozen=True):
    """A consumer complaint or an enquiry was handed to its own channel."""

    tip: TipId
    state: Annotated[Literal["referred_elsewhere"], Meta(description="Where the tip stands after this event.")]
    channel: Annotated[str, Meta(description="Which channel, a code of the campaign.")]


class OfficeClockMissed(MissedByTheOffice, frozen=True, kw_only=True):
    """A tip was not triaged in time; it is raised once to each above the office."""

    tip: TipId
