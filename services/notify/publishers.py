"""From the private events of *notify* to what others are told: public (thin) and internal contracts.

`PUBLIC` and `INTERNAL` show all reactions at a glance: event → contract. An item is public once it stands on every
channel; before that nobody outside is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.notify.domain import events
from services.notify.domain.disclosure import RESULT, Disclosure
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.contracts.internal import notify as internal
from shared.kernel.contracts.public import notify as public
from shared.platform.event_store import canonical
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication

Translate = Callable[[Any, dict[str, Any]], Any]


def _withdrawn(event: events.DisclosureWithdrawn, common: dict[str, Any]) -> public.DisclosureWithdrawn | None:
    """What was never public is withdrawn without a word."""
    return public.DisclosureWithdrawn(**common, withdrawn_at=event.at) if event.was_public else None


def _result(event: events.DisclosurePublished, common: dict[str, Any]) -> internal.DisclosurePublished | None:
    """*cases* waits for results; an exposure or a progress closes no loop."""
    if event.about.kind != RESULT or event.about.case is None:
        return None
    inside = {name: common[name] for name in ("disclosure", "case", "unit")}
    return internal.DisclosurePublished(**inside, published_at=event.at)


PUBLIC: dict[type, Translate] = {
    events.DisclosurePublished: lambda e, c: public.DisclosurePublished(
        **c, kind=e.about.kind, channels=tuple(one.channel for one in e.channels), published_at=e.at
    ),
    events.DisclosureCorrected: lambda e, c: public.DisclosureCorrected(**c, corrected_at=e.at),
    events.DisclosureWithdrawn: _withdrawn,
}
INTERNAL: dict[type, Translate] = {
    events.DisclosurePublished: _result,
}
PRIVATE = frozenset(
    {
        events.CaseFollowed,  # bookkeeping of reminders
        events.DeadlinesNoted,  # the dates are those that *cases* published
        events.RemindersPlanned,  # as above
        events.RemindersStopped,  # as above
        events.ReminderSent,  # between the office and the unit
        events.NoticeQueued,  # what mail does is between us and the mail server
        events.NoticeSent,  # as above
        events.NoticeFailed,  # as above
        events.NoticeRequeued,  # as above
        events.DisclosureDrafted,  # nobody's business until two persons have answered for it
        events.DisclosureChecked,  # as above, and it says what could identify somebody
        events.DisclosureApproved,  # inside the office
        events.ChannelsRecorded,  # the last channel makes it public
        events.CorrectionDrafted,  # a draft is nobody's business until it is signed
        events.DisclosureSuperseded,  # it never was public
    }
)
"""Events of which nobody outside is told. A test fails on one that is neither here nor in a table above."""


class Publisher:
    """Translates; needs the campaign to know which units are jurisdictions of their own."""

    def __init__(self, campaign: Campaign) -> None:
        self._jurisdictions = frozenset(campaign.jurisdictions)

    def publish(self, aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
        """What goes out for the events of one saved aggregate, in their order."""
        if not isinstance(aggregate, Disclosure):
            return
        id_, about = str(aggregate.id), aggregate.about
        common = {"disclosure": id_, "case": about.case or "", "unit": about.unit, "link": f"/public/{id_}"}
        jurisdiction = about.unit if about.unit in self._jurisdictions else CITY
        for event, _ in recorded:
            for table, where in ((PUBLIC, jurisdiction), (INTERNAL, None)):
                translate = table.get(type(event))
                contract = translate(event, common) if translate is not None else None
                if contract is not None:
                    yield _publication(event, contract, about.case or id_, where)


def _publication(event: Any, contract: Any, key: str, jurisdiction: str | None) -> Publication:
    return Publication(
        name=type(contract).__name__, stream=event.originator_id, version=event.originator_version, partitionkey=key,
        jurisdiction=jurisdiction, at=event.at, recorded=event.timestamp,
        data=canonical.encode_checked(contract).decode(),
    )  # fmt: skip
