"""The table `filings`: what every unit owes, and what became of it. One row per filing."""

from __future__ import annotations

from typing import Any

from services.assessment.domain import events
from shared.platform.event_store.rows import Change, insert, update


class FilingList:
    """One row per filing; the deadline goes along with every day that was counted."""

    def filing_opened(self, event: events.FilingOpened) -> Change:
        return insert(
            "filings", key="id", id=event.originator_id, rule=event.rule, kind=event.kind, unit=event.unit,
            period=event.period, due=event.due.due, deadline=event.due, state="owed",
        )  # fmt: skip

    def filed(self, event: Any) -> Change:
        return _row(event, state="filed", in_time=event.in_time, filed_at=event.at)

    def missed(self, event: Any) -> Change:
        return _row(event, state="missed")

    def return_submitted(self, event: events.ReturnSubmitted) -> Change:
        return _row(event, state="filed", in_time=event.in_time, filed_at=event.at, nil=event.signed.nil)

    def return_sent_back(self, event: events.ReturnSentBack) -> Change:
        return _row(event, state="sent_back")

    def return_corrected(self, event: events.ReturnCorrected) -> Change:
        return _row(event, state="filed", nil=event.signed.nil)

    def commitment_broken(self, event: events.CommitmentBroken) -> Change:
        return _row(event, broken_by=event.case)


def _row(event: Any, **values: Any) -> Change:
    return update("filings", key="id", id=event.originator_id, **values)
