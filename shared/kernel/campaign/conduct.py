"""How a campaign reminds, publishes, obliges, holds to account and assesses.

The assessment's formula is data so that it can be printed under every ranking and replayed under other values.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.kernel.campaign.base import Code, Named, NonEmpty, Piece, TimeOfDay, offset_of
from shared.kernel.campaign.rules import Positive
from shared.kernel.clocks import Clock

RankingKind = Literal["county", "group"]


class Channel(Named):
    """A place of publication and what proves that something stood there."""

    evidence: NonEmpty
    medium: Literal["newspaper", "broadcast", "portal", "social"]


class Reminding(Piece):
    """When on its day a planned reminder goes out, and mail on a working day; until when on that day mail that was late
    or failed may still go out; and how many minutes after each failure a mail is tried again. A date that is hours away
    is reminded of `hours_before` its end. `deputies`: they get what those get for whom they stand in."""

    time: TimeOfDay
    retry_minutes: tuple[Positive, ...]
    until: TimeOfDay = "18:00"
    hours_before: Positive = 1
    deputies: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if offset_of(self.time) >= offset_of(self.until):
            raise ValueError("until 须晚于 time")
        return self


class OfficeClock(Piece):
    """Who owes what the office has a date for: a role, and the person whose post it is, where one is named."""

    clock: Clock
    owner: Literal["hotline", "office", "director"]
    person: Code | None = None


class CommitmentLevel(Named):
    """Who promises (enterprise, station, county), what (codes of `commitment_statements`), and to whom."""

    to: Literal["county", "office"]
    statements: tuple[Code, ...]
    rests_on: Code | None = None


class Contradiction(Piece):
    """What contradicts a statement of a commitment once others have proven it: one of these violations, or with `major`
    a major hazard of any kind."""

    statement: Code
    violations: tuple[Code, ...] = ()
    major: bool = False


class Accountability(Piece):
    """What a proven ground leads to (notice 七(三)); codes of the two taxonomies."""

    ground: Code
    actions: tuple[Code, ...]


class Verification(Piece):
    """Who verifies an escalated case: the group that supervises the unit, and who stands in on a conflict of roles."""

    default: Literal["responsible_group"]
    on_conflict: tuple[Code, ...]


class Batch(Named):
    """One of the five batches (notice 六(五)) and the measures that count for it."""

    counts: tuple[Code, ...]
    clause: NonEmpty | None = None


class Component(Named):
    """A line of the score. Its share is numerator ÷ denominator of named measures, worth up to `points`.

    `of` says in which ranking it stands. `batch` ties it to a batch.
    """

    of: tuple[RankingKind, ...]
    points: Annotated[int, Field(ge=1, le=100)]
    numerator: Code
    denominator: Code
    batch: Code | None = None


class Assessment(Piece):
    """Scores of one month per kind, fair by decision 30. `shrinkage` (k): a line of which k things are due weighs half
    its points. `start_score` (of 100) is what everybody begins with, and weighs `start_points`: fixed beforehand, the
    mean toward which few things are shrunk. `tied_within`: hundredths of a point; who is less behind the one before
    shares the rank."""

    rankings: tuple[RankingKind, ...]
    shrinkage: Annotated[int, Field(ge=0, le=1000)]
    start_score: Annotated[int, Field(ge=10, le=90)]
    start_points: Annotated[int, Field(ge=1, le=100)]
    tied_within: Annotated[int, Field(ge=0, le=1000)]
    batches: tuple[Batch, ...]
    components: tuple[Component, ...]
    formula: NonEmpty
    formula_en: NonEmpty
    reported_to: tuple[NonEmpty, ...]

    @model_validator(mode="after")
    def _each_ranking_adds_up_to_a_hundred(self) -> Self:
        for kind in self.rankings:
            total = sum(component.points for component in self.components if kind in component.of)
            if total != 100:
                raise ValueError(f"{kind} 排名各项分值合计须为 100，现为 {total}")
        return self
