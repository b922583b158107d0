"""How disclosures read on a page: names of codes, the public loop bar, weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.notify.queries.board import BoardRow
from services.notify.rules.drafting import an_item_counts_in_the_week_of_its_publication
from shared.kernel.campaign import Campaign
from shared.kernel.contracts.internal.cases import LoopStep
from shared.kernel.loopbar import Step
from shared.platform.web.words import Locale, local_day, translate


@dataclass(frozen=True, slots=True)
class Week:
    """The items of one week; `last` is its last day, `present` says that it is this one."""

    last: date
    present: bool
    rows: list[BoardRow]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the ten outcome items: how many items show it; `count` is None where it is no count but a rate."""

    name: str
    count: int | None


def weeks(rows: Sequence[BoardRow], campaign: Campaign, present: date) -> list[Week]:
    """Items, the last published first, by the week of their publication; `present` is the last day of this week."""
    found: list[Week] = []
    for row in rows:
        last = an_item_counts_in_the_week_of_its_publication(campaign, row.published_at)
        if not found or found[-1].last != last:
            found.append(Week(last, last == present, []))
        found[-1].rows.append(row)
    return found


def outcomes(counts: dict[str, int], campaign: Campaign, locale: Locale) -> list[Outcome]:
    """The outcome items in the campaign's order. A rate is the assessment's to compute."""
    terms = campaign.taxonomy("outcomes").terms
    return [Outcome(term.name(locale), None if term.kind == "rate" else counts.get(term.code, 0)) for term in terms]


def public_bar(steps: Sequence[LoopStep], locale: Locale) -> list[Step]:
    """The loop for everybody: days instead of instants, because a time of day could identify who gave the tip, and no
    letter's number."""
    return [
        Step(
            step.name, step.state, local_day(step.when) if step.when is not None else None, None,
            "" if step.name == "transferred" and step.state == "done" else translate(locale, step.note),
        )
        for step in steps
    ]  # fmt: skip
