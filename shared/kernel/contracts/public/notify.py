"""Public events of *notify*: what the public was told. The text is at `link`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shared.kernel.contracts.clocks import MissedByTheOffice
from shared.kernel.contracts.fields import CaseOrNone, DisclosureId, Instant, Link, Unit


class DisclosurePublished(Struct, frozen=True):
    """An item stands on every channel on which it is to be published."""

    disclosure: DisclosureId
    case: CaseOrNone
    unit: Unit
    kind: Annotated[str, Meta(description="A code of the campaign: `result`, `exposure`, `progress`, …")]
    channels: Annotated[tuple[str, ...], Meta(description="The channels, codes of the campaign.")]
    published_at: Annotated[Instant, Meta(description="When it stood on the last channel.")]
    link: Link


class DisclosureCorrected(Struct, frozen=True):
    """A published item was corrected; the earlier wording stays readable."""

    disclosure: DisclosureId
    case: CaseOrNone
    unit: Unit
    corrected_at: Annotated[Instant, Meta(description="When the correction was signed.")]
    link: Link


class DisclosureWithdrawn(Struct, frozen=True):
    """A published item was withdrawn, with the reason published."""

    disclosure: DisclosureId
    case: CaseOrNone
    unit: Unit
    withdrawn_at: Annotated[Instant, Meta(description="When it was withdrawn.")]
    link: Link


class OfficeClockMissed(MissedByTheOffice, frozen=True, kw_only=True):
    """A result was not published in time, or nothing in a week; it is raised once to each above the office."""
