"""How disclosures read on a page: names of codes, the public loop bar, weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.notify.queries.board import BoardRow
from services.notify.rules.drafting import an_item_counts_in_the_week_of_its_publication
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.steps import LoopStep
from shared.kernel.loopbar import Step, is_late, stage_at
from shared.platform.web.words import Locale, local_day, translate

KINDS = {"classification": "条，已认定性质", "decision": "条", "process": "条，经过提级核查"}
"""What is counted of an outcome item, by its kind: most are decisions, one says what it was, one how it was found."""


@dataclass(frozen=True, slots=True)
class Week:
    """The items of one week; `last` is its last day, `present` says that it is this one."""

    last: date
    present: bool
    rows: list[BoardRow]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the ten outcome items, with what stands beside it: of a rate what it is made of, of the others what they
    are."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class Unfounded:
    """How many allegations were not borne out in a week, of which `last` is the last day."""

    last: date
    count: int


def weeks(rows: Sequence[BoardRow], campaign: Campaign, present: date) -> list[Week]:
    """Items, the last published first, by the week of their publication; `present` is the last day of this week."""
    found: list[Week] = []
    for row in rows:
        last = an_item_counts_in_the_week_of_its_publication(campaign, row.published_at)
        if not found or found[-1].last != last:
            found.append(Week(last, last == present, []))
        found[-1].rows.append(row)
    return found


def outcomes(
    counts: dict[str, int], hazards: tuple[int, int], campaign: Campaign, locale: Locale
) -> list[Outcome]:  # fmt: skip
    """The outcome items in the campaign's order: a rate as percent of what it is taken of, “–” where there is nothing
    to take it of; the others as the number of items that show them."""
    rectified, confirmed = hazards
    rate = f"{100 * rectified / confirmed:.1f}%" if confirmed else "–"
    of = translate(locale, "已整改 {n} 项，共 {of} 项").format(n=rectified, of=confirmed)
    return [
        Outcome(term.name(locale), rate, of)
        if term.kind == "rate"
        else Outcome(
            term.name(locale), str(counts.get(term.code, 0)), translate(locale, KINDS[term.kind or "decision"])
        )
        for term in campaign.taxonomy("outcomes").terms
    ]


def unfounded(since: Sequence[datetime], campaign: Campaign) -> list[Unfounded]:
    """The weekly numbers of what was not borne out, the last week first. Nobody is named."""
    found = Counter(an_item_counts_in_the_week_of_its_publication(campaign, at) for at in since)
    return [Unfounded(last, count) for last, count in sorted(found.items(), reverse=True)]


def public_bar(steps: Sequence[LoopStep], locale: Locale, now: datetime) -> list[Step]:
    """The loop for everybody: days instead of instants, because a time of day could identify who gave the tip, and no
    letter's number."""
    return [_for_everybody(step, locale, now) for step in steps]


def _for_everybody(step: LoopStep, locale: Locale, now: datetime) -> Step:
    sent = step.name == "transferred" and step.state == "done"
    stage = stage_at(step, now)
    if stage is not None:
        stage = replace(stage, until=_day(stage.until, over=False))
    note = "" if sent else translate(locale, step.note)
    day = _day(step.when, over=step.state not in ("current", "due"))
    return Step(step.name, step.state, day, None, note, is_late(step, now), stage)


def _day(when: datetime | date | None, *, over: bool) -> date | None:
    """The day of something; of an end (exclusive) that is to come, the last day before it."""
    if not isinstance(when, datetime):
        return when
    return local_day(when if over else when - timedelta.resolution)
