"""From our own events to what others are told: public (thin) and internal contracts.

`PUBLIC` and `INTERNAL` show all reactions at a glance: event → contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.assessment.domain import events
from services.assessment.domain.bulletin import Bulletin
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.contracts.internal import assessment as internal
from shared.kernel.contracts.public import assessment as public
from shared.kernel.contracts.rankings import Placing, Ranking
from shared.platform.event_store import canonical
from shared.platform.event_store.session import Recorded
from shared.platform.event_store.unit_of_work import Publication

Translate = Callable[[Any, Any], Any]
"""The event and its aggregate → the contract."""


def _paper_filed(event: Any, _: Any) -> public.PaperFiled:
    return public.PaperFiled(unit=event.unit, kind=event.kind, in_time=event.in_time, filed_at=event.at)


def _bulletin_published(event: events.BulletinPublished, bulletin: Bulletin) -> public.BulletinPublished:
    rankings = tuple(
        Ranking(one.kind, tuple(Placing(p.unit, p.rank, p.score) for p in one.placings)) for one in bulletin.rankings
    )
    return public.BulletinPublished(
        bulletin=str(bulletin.id), month=event.month, published_at=event.at, rankings=rankings,
        cases=len(bulletin.cases), link=f"/assessment/bulletins/{event.month}",
    )  # fmt: skip


PUBLIC: dict[type, Translate] = {
    events.InspectionRecorded: lambda e, a: public.InspectionRecorded(
        inspection=str(a.id), unit=e.unit, inspector=e.inspector, findings=e.findings, at=e.inspected_at
    ),
    events.FindingRecorded: lambda e, a: public.FindingRecorded(
        finding=e.finding.id, inspection=str(a.id), unit=e.unit
    ),
    events.ReturnSubmitted: lambda e, _: public.ReturnSubmitted(
        unit=e.unit, week=int(e.period), nil=e.signed.nil, in_time=e.in_time, submitted_at=e.at
    ),
    events.ReturnMissed: lambda e, _: public.ReturnMissed(
        unit=e.unit, week=int(e.period), due=e.due.due_date.printed
    ),
    events.CommitmentSigned: lambda e, _: public.CommitmentSigned(unit=e.unit, month=e.period, signed_at=e.at),
    events.CommitmentMissed: lambda e, _: public.CommitmentMissed(
        unit=e.unit, month=e.period, due=e.due.due_date.printed
    ),
    events.CommitmentBroken: lambda e, _: public.CommitmentBroken(unit=e.unit, month=e.period, case=e.case),
    events.TypicalCaseSubmitted: _paper_filed,
    events.PaperFiled: _paper_filed,
    events.PaperMissed: lambda e, _: public.PaperMissed(unit=e.unit, kind=e.kind, due=e.due.due_date.printed),
    events.BriefingHeld: _paper_filed,
    events.BulletinPublished: _bulletin_published,
}
INTERNAL: dict[type, Translate] = {
    events.FindingRecorded: lambda e, a: internal.FindingRecorded(
        finding=e.finding.id, inspection=str(a.id), unit=e.unit, inspector=e.inspector, matter=e.finding.matter,
        found_at=e.found_at, enterprise=e.enterprise, place=e.place, violation=e.finding.violation, target=e.target,
        matters=e.finding.matters, danger=e.finding.danger,
    ),
    events.BulletinPublished: lambda e, a: internal.BulletinPublished(
        bulletin=str(a.id), month=e.month, published_at=e.at, cases=tuple(one.case for one in a.cases)
    ),
}  # fmt: skip
PRIVATE = frozenset(
    {
        events.FilingOpened,  # the campaign says the same to everybody
        events.ReturnSentBack,  # between the office and the unit
        events.ReturnCorrected,  # as above; the corrected figures are on the page
        events.BulletinOpened,  # nothing is in it yet
        events.BulletinDrawn,  # a draft is nobody's business until it is published
    }
)
"""Events of which nobody outside is told. A test fails on one that is neither here nor in a table above."""


class Publisher:
    """Translates; needs the campaign to know which units are jurisdictions of their own."""

    def __init__(self, campaign: Campaign) -> None:
        self._jurisdictions = frozenset(campaign.jurisdictions)

    def publish(self, aggregate: Any, recorded: Recorded) -> Iterator[Publication]:
        """What goes out for the events of one saved aggregate, in their order."""
        for event, _ in recorded:
            unit = getattr(event, "unit", CITY)
            jurisdiction = unit if unit in self._jurisdictions else CITY
            for table, where in ((PUBLIC, jurisdiction), (INTERNAL, None)):
                translate = table.get(type(event))
                if translate is not None:
                    yield _publication(event, translate(event, aggregate), where)


def _publication(event: Any, contract: Any, jurisdiction: str | None) -> Publication:
    key = contract.finding if isinstance(contract, internal.FindingRecorded) else str(event.originator_id)
    return Publication(
        name=type(contract).__name__, stream=event.originator_id, version=event.originator_version,
        partitionkey=key, jurisdiction=jurisdiction, at=event.at,
        recorded=event.timestamp, data=canonical.encode_checked(contract).decode(),
    )  # fmt: skip
