"""From the private events of a tip to what others are told: public (thin) and internal contracts.

`PUBLIC` and `INTERNAL` show all reactions at a glance: event → contract. Nothing that a tipster wrote is in either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.intake.domain import events
from services.intake.domain.tip import Tip
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY, NOWHERE
from shared.kernel.contracts.internal import intake as internal
from shared.kernel.contracts.public import intake as public
from shared.platform.event_store import canonical
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication

Translate = Callable[[Any, Tip], Any]

PUBLIC: dict[type, Translate] = {
    events.TipReceived: lambda e, t: public.TipReceived(
        tip=str(t.id), state="received", source=e.source, received_at=e.at
    ),
    events.TipTriaged: lambda e, t: public.TipTriaged(
        tip=str(t.id), state="triaged", unit=e.lead.unit, triaged_at=e.at
    ),
    events.TipDismissed: lambda e, t: public.TipDismissed(tip=str(t.id), state="dismissed", reason=e.reason),
    events.TipReferredElsewhere: lambda e, t: public.TipReferredElsewhere(
        tip=str(t.id), state="referred_elsewhere", channel=e.channel
    ),
}
INTERNAL: dict[type, Translate] = {
    events.TipReceived: lambda e, t: internal.TipReceived(
        tip=str(t.id), kind=e.kind, source=e.source, received_at=e.at, in_period=e.in_period
    ),
    events.TipTriaged: lambda e, t: internal.TipTriaged(
        tip=str(t.id), unit=e.lead.unit, matter=e.lead.matter, source=t.source, received_at=t.received_at,
        triaged_at=e.at, enterprise=e.lead.enterprise, place=e.lead.place, violation=e.lead.violation,
        target=e.lead.target, matters=e.lead.matters, danger=e.lead.danger,
        against_officials=e.lead.against_officials, external_no=t.external_no, in_period=t.in_period,
    ),
    events.TipDismissed: lambda e, t: internal.TipDismissed(tip=str(t.id), reason=e.reason),
}  # fmt: skip


class Publisher:
    """Translates; needs the campaign to know which units are jurisdictions of their own."""

    def __init__(self, campaign: Campaign) -> None:
        self._jurisdictions = frozenset(campaign.jurisdictions)

    def publish(self, tip: Tip, recorded: Recorded) -> Iterator[Publication]:
        """What goes out for the events of one saved tip, in their order."""
        for event, _ in recorded:
            if (translate := PUBLIC.get(type(event))) is not None:
                yield _publication(event, translate(event, tip), self._jurisdiction(event))
            if (translate := INTERNAL.get(type(event))) is not None:
                yield _publication(event, translate(event, tip), None)

    def _jurisdiction(self, event: Any) -> str:
        """A triaged tip is the unit's; before that, and where it ends without a case, it is nobody's territory."""
        if not isinstance(event, events.TipTriaged):
            return NOWHERE
        return event.lead.unit if event.lead.unit in self._jurisdictions else CITY


def _publication(event: Any, contract: Any, jurisdiction: str | None) -> Publication:
    return Publication(
        name=type(contract).__name__, stream=event.originator_id, version=event.originator_version,
        partitionkey=str(event.originator_id), jurisdiction=jurisdiction, at=event.at,
        recorded=event.timestamp, data=canonical.encode_checked(contract).decode(),
    )  # fmt: skip
