"""From the private events of *notify* to what others are told: public (thin) and internal contracts.

An item is public once it stands on every channel; before that nobody outside is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.notify.domain import events
from services.notify.domain.disclosure import EXPOSURE, NUMBER, RESULT, Disclosure
from services.notify.domain.week import Week
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.campaign.due import printed
from shared.kernel.campaign.office import done_by
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import notify as internal
from shared.kernel.contracts.public import notify as public
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication
from shared.platform.service.publisher import Common, Contracts, Field, Publisher, publication

_AT: Field = lambda e, _: e.at  # noqa: E731 – one of a table's cells
_city: Field = lambda _, __: CITY  # noqa: E731 – as above
_case: Field = lambda _, one: one.about.case if isinstance(one, Disclosure) else None  # noqa: E731 – as above
_item: Field = lambda _, one: str(one.id) if isinstance(one, Disclosure) else None  # noqa: E731 – as above
PUBLIC = Contracts(
    public_contracts("notify"),
    {
        public.DisclosurePublished: {
            "kind": lambda e, _: e.about.kind, "channels": lambda e, _: tuple(one.channel for one in e.channels),
            "published_at": _AT,
        },
        public.DisclosureCorrected: {"corrected_at": _AT},
        public.DisclosureWithdrawn: {"withdrawn_at": _AT},
        public.OfficeClockMissed: {
            "case": _case, "unit": _city, "due": lambda e, _: printed(e.due), "missed_at": _AT,
            "link": lambda _, one: f"/public/drafts/{one.id}" if isinstance(one, Disclosure) else "/public/drafts",
        },
    },
    unless={
        public.DisclosureWithdrawn: lambda e, _: not e.was_public,
        public.DisclosureCorrected: lambda _, item: not item.on_board,  # what only some channels had is on no page
    },
)  # fmt: skip
INTERNAL = Contracts(
    internal_contracts("notify"),
    {
        internal.DisclosurePublished: {"published_at": _AT, "kind": lambda e, _: e.about.kind},
        internal.WeeklyDisclosureMade: {"made_at": _AT},
        internal.OfficeClockMissed: {
            "done_is_told": lambda _, __: True,
            "disclosure": _item,
            "case": _case,
            "unit": _city,
            "missed_at": _AT,
        },
    },
    unless={  # a result closes the loop of its case, an exposure is counted; of the others *cases* needs nothing
        internal.DisclosurePublished: lambda e, _: e.about.kind not in (RESULT, EXPOSURE) or e.about.case is None
    },
)
PRIVATE: frozenset[type] = frozenset(
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
        events.NoticeDropped,  # as above
        events.WeekOpened,  # the calendar of the campaign says so
        events.WeekReminded,  # between the system and the office
        events.DisclosureDateMoved,  # it follows from what *cases* told
        events.DisclosureDrafted,  # nobody's business until two persons have answered for it
        events.DisclosureChecked,  # as above, and it says what could identify somebody
        events.DisclosureApproved,  # inside the office
        events.ChannelsRecorded,  # the last channel makes it public
        events.CorrectionDrafted,  # a draft is nobody's business until it is signed
        events.CorrectionOwed,  # the finding is public; the correction is told when it is signed
        events.CorrectionChannelsRecorded,  # what proves that the channels carry it
        events.CorrectionPublished,  # as above
        events.StandingNoted,  # a suspicion is not public, and what else decides is told by *cases*
        events.DraftDeferred,  # a draft
        events.ItemNoted,  # bookkeeping
        events.UnfoundedCounted,  # *cases* is told of it as of a disclosure, see `_derived`
        events.UnfoundedUncounted,  # the number on the board is the one of now
        events.DisclosureSuperseded,  # it never was public
    }
)


def publisher_of(campaign: Campaign) -> Publisher:
    """The feeds of *notify*; the campaign knows which units are jurisdictions of their own."""

    def about(aggregate: Any, event: Any) -> Common | None:
        if isinstance(aggregate, Week):
            told = {"disclosure": getattr(event, "disclosure", ""), "case": "", "unit": CITY, "link": ""}
            return Common(told, str(aggregate.id), CITY)
        if not isinstance(aggregate, Disclosure):
            return None
        id_, item = str(aggregate.id), aggregate.about
        fields = {"disclosure": id_, "case": item.case or "", "unit": item.unit, "link": f"/public/{id_}"}
        unit = CITY if isinstance(event, events.OfficeClockMissed) else item.unit
        return Common(fields, item.case or id_, campaign.jurisdiction_of(unit))

    return Publisher(PUBLIC, INTERNAL, about, PRIVATE, _derived)


def _derived(aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
    """What is not stored. What was not borne out is disclosed as one of a number: with that, the loop of its case goes
    on. And what the office owed was done."""
    if isinstance(aggregate, Disclosure | Week) and aggregate.office_done is not None:
        for event, one in done_by(recorded, [aggregate.office_done]):
            case = _case(event, aggregate)
            done = internal.OfficeClockDone(
                case=case, disclosure=_item(event, aggregate), unit=CITY, clock=one.clock, due=one.due,
                done_at=one.done_at,
            )  # fmt: skip
            yield publication(event, done, case or str(aggregate.id), None)
    for event, _ in recorded:
        if isinstance(event, events.UnfoundedCounted):
            case = str(aggregate.id)
            told = internal.DisclosurePublished(
                disclosure="", case=case, unit=event.unit, published_at=event.at, kind=NUMBER
            )
            yield publication(event, told, case, None)
