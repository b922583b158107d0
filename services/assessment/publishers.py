"""From our own events to what others are told: public (thin) and internal contracts.

An event is told by the contracts of its name; where a field is not called as in the event, it stands here. Every paper
without a contract of its own is told as PaperFiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid5

from msgspec.structs import replace

from services.assessment.domain.bulletin import Bulletin
from services.assessment.domain.events import (
    BulletinDrawn,
    BulletinOpened,
    BulletinPublished,
    FilingOpened,
    FindingRecorded,
    ProblemRecorded,
    ProblemRecordedEarlier,
    ReturnCorrected,
    ReturnSentBack,
)
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import assessment as internal
from shared.kernel.contracts.public import assessment as public
from shared.kernel.contracts.rankings import Placing, Ranking
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication
from shared.platform.service.publisher import Common, Contracts, Field, Publisher, publication


def _rankings(_: Any, bulletin: Bulletin) -> tuple[Ranking, ...]:
    return tuple(
        Ranking(one.kind, tuple(Placing(p.unit, p.rank, p.score) for p in one.placings)) for one in bulletin.rankings
    )


PAGE = 500
"""Cases of a bulletin in one message: all in one could be too large for the bus, and would hold up its reader."""
_AT: Field = lambda e, _: e.at  # noqa: E731 – one of a table's cells
_ID: Field = lambda _, aggregate: str(aggregate.id)  # noqa: E731
_DUE: Field = lambda e, _: e.due.due_date.printed  # noqa: E731
_MONTH: Field = lambda e, _: e.period  # noqa: E731
_WEEK: Field = lambda e, _: int(e.period)  # noqa: E731
PUBLIC = Contracts(
    public_contracts("assessment") | dict.fromkeys(("TypicalCaseSubmitted", "BriefingHeld"), public.PaperFiled),
    {
        public.InspectionRecorded: {"inspection": _ID, "at": lambda e, _: e.inspected_at},
        public.FindingRecorded: {"finding": lambda e, _: e.finding.id, "inspection": _ID},
        public.ReturnSubmitted: {"week": _WEEK, "nil": lambda e, _: e.signed.nil, "submitted_at": _AT},
        public.ReturnMissed: {"week": _WEEK, "due": _DUE},
        public.CommitmentSigned: {"month": _MONTH, "signed_at": _AT},
        public.CommitmentMissed: {"month": _MONTH, "due": _DUE},
        public.CommitmentBroken: {"month": _MONTH},
        public.CommitmentBreakLifted: {"month": _MONTH},
        public.PaperFiled: {"filed_at": _AT},
        public.PaperMissed: {"due": _DUE},
        public.BulletinPublished: {
            "bulletin": _ID, "published_at": _AT, "rankings": _rankings, "cases": lambda _, a: len(a.cases),
            "link": lambda e, _: f"/assessment/bulletins/{e.month}",
        },
    },
)  # fmt: skip
INTERNAL = Contracts(
    internal_contracts("assessment"),
    {
        internal.FindingRecorded: {
            "finding": lambda e, _: e.finding.id, "inspection": _ID, "matter": lambda e, _: e.finding.matter,
            "violation": lambda e, _: e.finding.violation, "matters": lambda e, _: e.finding.matters,
            "danger": lambda e, _: e.finding.danger, "major": lambda e, _: e.finding.major,
        },
        internal.BulletinPublished: {
            "bulletin": _ID, "published_at": _AT, "cases": lambda _, a: tuple(one.case for one in a.cases[:PAGE]),
        },
    },
)  # fmt: skip
PRIVATE: frozenset[type] = frozenset(
    {
        FilingOpened,  # the campaign says the same to everybody
        ReturnSentBack,  # between the office and the unit
        ReturnCorrected,  # as above; the corrected figures are on the page
        ProblemRecorded,  # the unit's own case tells of it; here it is only held for later
        ProblemRecordedEarlier,  # as above
        BulletinOpened,  # nothing is in it yet
        BulletinDrawn,  # a draft is nobody's business until it is published
    }
)


def publisher_of(campaign: Campaign) -> Publisher:
    """The feeds of *assessment*; the campaign knows which units are jurisdictions of their own."""

    def about(aggregate: Any, event: Any) -> Common:
        becomes = event.finding.id if isinstance(event, FindingRecorded) else None
        where = campaign.jurisdiction_of(getattr(event, "unit", CITY))
        return Common({}, str(aggregate.id), where, becomes)

    return Publisher(PUBLIC, INTERNAL, about, PRIVATE, _further_pages)


def _further_pages(aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
    """The cases of a published bulletin beyond the first page, a page a message: who hears of them changes each."""
    for event, _ in recorded:
        if not isinstance(event, BulletinPublished):
            continue
        for first in range(PAGE, len(aggregate.cases), PAGE):
            cases = tuple(one.case for one in aggregate.cases[first : first + PAGE])
            told = internal.BulletinPublished(str(aggregate.id), event.month, event.at, cases)
            yield replace(
                publication(event, told, str(aggregate.id), None), stream=uuid5(aggregate.id, f"page {first // PAGE}")
            )
