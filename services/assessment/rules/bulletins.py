"""What a bulletin says: rankings of each kind of unit, the five batches, the office's own clocks, the cases.

Shares are counted from the beginning of the campaign to the end of the month, so that a hazard that is rectified late
still counts and a handful of cases makes no rank; what the five batches got done is counted for the month as well.
"""

from __future__ import annotations

from datetime import datetime

from services.assessment.domain.values import BatchCount, Contained, Content, Kept, OfficeClock
from services.assessment.rules.figures import Figure
from services.assessment.rules.measures import MEASURES, office
from services.assessment.rules.scores import ranking
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY


def content(
    campaign: Campaign, until: datetime, figure: Figure, before: Figure, cases: tuple[Contained, ...]
) -> Content:
    """The bulletin of everything before `until`; `before` are the figures at the beginning of the month."""
    units = {
        "county": campaign.county_codes,
        "group": tuple(group.code for group in campaign.groups),
    }
    rankings = tuple(ranking(campaign.assessment, kind, units[kind], figure) for kind in campaign.assessment.rankings)
    batches = tuple(
        BatchCount(
            batch.code, code, county.code, figure(code, county.code) - before(code, county.code),
            figure(code, county.code),
        )
        for batch in campaign.assessment.batches
        for code in batch.counts
        if code in MEASURES
        for county in campaign.units
    )  # fmt: skip
    kept = tuple(
        OfficeClock(one.clock, _kept(one.clock, figure, before), _kept(one.clock, figure))
        for one in campaign.office_clocks
    )
    return Content(until, rankings, batches, cases, kept)


def _kept(clock: str, figure: Figure, before: Figure = lambda _, __: 0) -> Kept:
    codes = (office.code(kind, clock) for kind in office.KINDS)
    return Kept(*(figure(code, CITY) - before(code, CITY) for code in codes))
