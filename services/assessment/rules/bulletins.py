"""What a bulletin says, computed from the book of facts: rankings of each kind of unit, the five batches, the cases.

Shares are counted from the beginning of the campaign to the end of the month, so that a hazard that is rectified late
still counts and a handful of cases makes no rank; what the five batches got done is counted for the month as well.
"""

from __future__ import annotations

from services.assessment.domain.values import BatchCount, Content
from services.assessment.rules.lives import Book, closed_for_good
from services.assessment.rules.measures import MEASURES, Counting, Tally
from services.assessment.rules.schedule import Month
from services.assessment.rules.scores import ranking
from shared.kernel.campaign import Campaign


def content(campaign: Campaign, counting: Counting, book: Book, month: Month) -> Content:
    """The bulletin of a month as the facts before the book's end have it."""
    tally = Tally(book, counting)
    units = {
        "county": campaign.county_codes,
        "group": tuple(group.code for group in campaign.groups),
    }
    rankings = tuple(
        ranking(campaign.assessment, kind, units[kind], tally.figure) for kind in campaign.assessment.rankings
    )
    return Content(book.until, rankings, _batches(campaign, tally, month), closed_for_good(book))


def _batches(campaign: Campaign, tally: Tally, month: Month) -> tuple[BatchCount, ...]:
    return tuple(
        BatchCount(
            batch.code, code, county.code, tally.figure(code, county.code, month.start),
            tally.figure(code, county.code),
        )
        for batch in campaign.assessment.batches
        for code in batch.counts
        if code in MEASURES
        for county in campaign.units
    )  # fmt: skip
