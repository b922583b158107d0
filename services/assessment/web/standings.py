"""What the API of *assessment* answers about rankings and bulletins: each shape beside the function that makes it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from typing_extensions import TypedDict

from services.assessment.domain.values import Kept
from services.assessment.queries import BulletinRow
from services.assessment.rules.schedule import Month
from services.assessment.web.figures import Standing
from shared.platform.service.answers import Id, Instant, one_of

BulletinState = Annotated[str, one_of(("open", "drawn", "published"))]


class ScoreShare(TypedDict):
    """One line of a score: a component's two figures, and what they bring."""

    component: str
    num: int
    den: int
    score: int


class Placing(TypedDict):
    """A unit's place; scores in hundredths of a point. What it began with (`start`) and its shares add up to `score`;
    scores that are tied by the campaign's formula share a rank."""

    unit: str
    rank: int
    score: int
    start: int
    shares: list[ScoreShare]


class Ranking(TypedDict):
    """A ranking of one kind of unit, best first."""

    kind: Annotated[str, one_of(("county", "group"))]
    placings: list[Placing]


class Batch(TypedDict):
    """What one measure of one of the five batches counts for a county."""

    batch: str
    measure: str
    unit: str
    month: int
    total: int


class OfficeKept(TypedDict):
    """How often the campaign office kept one of its own dates, and missed it; of the missed ones, how often it did it
    late, and was raised to the task force."""

    in_time: int
    missed: int
    made_up: int
    raised_further: int


class OfficeLine(TypedDict):
    """One clock of the campaign office, in the month and since the beginning."""

    clock: str
    month: OfficeKept
    total: OfficeKept


class StandingAnswer(TypedDict):
    """Rankings and batches of a month, and how the office kept its own dates: of everything before `until`. Who
    publishes names the `digest`."""

    month: str
    state: BulletinState
    digest: str
    until: Instant
    rankings: list[Ranking]
    batches: list[Batch]
    office: list[OfficeLine]


class BulletinAnswer(StandingAnswer):
    """A bulletin, with those of its cases that the viewer sees."""

    cases: list[Id]


def standing_json(standing: Standing) -> StandingAnswer:
    """Rankings and batches of a month."""
    content = standing.content
    return {
        "month": standing.month.key,
        "state": standing.state,
        "digest": content.digest,
        "until": content.until.isoformat(),
        "rankings": [
            {
                "kind": ranking.kind,
                "placings": [
                    {
                        "unit": one.unit, "rank": one.rank, "score": one.score,
                        "start": one.score - sum(share.score for share in one.shares),
                        "shares": [
                            {"component": share.component, "num": share.numerator, "den": share.denominator,
                             "score": share.score}
                            for share in one.shares
                        ],
                    }
                    for one in ranking.placings
                ],
            }
            for ranking in content.rankings
        ],
        "batches": [
            {"batch": one.batch, "measure": one.measure, "unit": one.unit, "month": one.month, "total": one.total}
            for one in content.batches
        ],
        "office": [
            {"clock": one.clock, "month": _kept(one.month), "total": _kept(one.total)} for one in content.office
        ],
    }  # fmt: skip


def _kept(kept: Kept) -> OfficeKept:
    return {
        "in_time": kept.in_time, "missed": kept.missed, "made_up": kept.made_up,
        "raised_further": kept.raised_further,
    }  # fmt: skip


def bulletin_json(standing: Standing, seen: Collection[str]) -> BulletinAnswer:
    """What was drawn or published for a month, with those of its cases that are among those `seen`."""
    cases = [one.case for one in standing.content.cases]
    return {**standing_json(standing), "cases": [case for case in cases if case in seen]}


class BulletinLine(TypedDict):
    """When a bulletin is due, whether it is drawn or published, and how many cases are in it."""

    month: str
    due: Instant | None
    state: BulletinState
    cases: int | None
    published_at: Instant | None


class BulletinList(TypedDict):
    """Every bulletin of the campaign."""

    items: list[BulletinLine]
    next: None


def bulletin_line(month: Month, row: BulletinRow | None) -> BulletinLine:
    """One bulletin in the list."""
    published = row.published_at if row is not None else None
    drawn = row is not None and row.drawn_at is not None
    return {
        "month": month.key,
        "due": month.due.printed if month.due else None,
        "state": "published" if published else "drawn" if drawn else "open",
        "cases": row.cases if row is not None else None,
        "published_at": published.isoformat() if published else None,
    }
