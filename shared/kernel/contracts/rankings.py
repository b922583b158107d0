"""Rankings as a bulletin carries them: parts of events, not events."""

from __future__ import annotations

from msgspec import Struct


class Placing(Struct, frozen=True):
    """One unit's place in a ranking. `score` in hundredths of a point."""

    unit: str
    rank: int
    score: int


class Ranking(Struct, frozen=True):
    """A ranking of one kind of unit: county | group. Units with equal scores share a rank."""

    kind: str
    placings: tuple[Placing, ...]
