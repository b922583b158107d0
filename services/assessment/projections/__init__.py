"""Read tables of *assessment*: one module per table. A projection copies fields and decides nothing.

`OWN` shows everything at a glance: event → the changes that follow. An event of *cases* may be a change of where the
case stands (`cases.STANDING`), a fact (`domain.facts.KINDS`), both, or neither (`cases.IGNORED`); tests enumerate them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.assessment.domain import events
from services.assessment.domain.facts import KINDS
from services.assessment.projections import bulletins, cases, facts, filings
from shared.kernel.contracts import internal_contracts
from shared.platform.event_store.rows import Change
from shared.platform.messaging.handler import Received

_CONTRACTS = internal_contracts("cases")
FROM_CASES: tuple[type, ...] = tuple(
    contract for name, contract in _CONTRACTS.items() if contract in cases.STANDING or contract is KINDS.get(name)
)
"""The contracts of *cases* that are taken in: as a change of where the case stands, as a fact, or as both."""

_FACTS, _FILINGS, _BULLETINS = facts.Facts(), filings.FilingList(), bulletins.BulletinList()
OWN: Mapping[type, tuple[Callable[[Any], Change], ...]] = {
    events.InspectionRecorded: (_FACTS.inspection_recorded,),
    events.FindingRecorded: (_FACTS.finding_recorded,),
    events.FilingOpened: (_FILINGS.filing_opened, _FACTS.filing_opened),
    events.ReturnSubmitted: (_FILINGS.return_submitted, _FACTS.filed),
    events.ReturnMissed: (_FILINGS.missed,),
    events.ReturnSentBack: (_FILINGS.return_sent_back,),
    events.ReturnCorrected: (_FILINGS.return_corrected,),
    events.CommitmentSigned: (_FILINGS.filed, _FACTS.filed),
    events.CommitmentMissed: (_FILINGS.missed,),
    events.CommitmentBroken: (_FILINGS.commitment_broken,),
    events.TypicalCaseSubmitted: (_FILINGS.filed, _FACTS.filed),
    events.PaperFiled: (_FILINGS.filed, _FACTS.filed),
    events.PaperMissed: (_FILINGS.missed,),
    events.BriefingHeld: (_FILINGS.filed, _FACTS.filed),
    events.BulletinOpened: (_BULLETINS.bulletin_opened,),
    events.BulletinDrawn: (_BULLETINS.bulletin_drawn,),
    events.BulletinPublished: (_BULLETINS.bulletin_published,),
}
"""Our own event → the changes that follow from it."""


def changes_of(event: Any, received: Received) -> Iterator[Change]:
    """The changes that follow from an event of *cases*."""
    kind = type(event)
    if (standing := cases.STANDING.get(kind)) is not None:
        yield standing(event)
    if KINDS.get(kind.__name__) is kind:
        yield _FACTS.of_a_case(event, received)


def project(event: Any) -> Iterator[Change]:
    """The changes that follow from one of our own events."""
    for method in OWN.get(type(event), ()):
        yield method(event)
