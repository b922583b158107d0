"""Rankings as a bulletin carries them: parts of events, not events."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Placing(Struct, frozen=True):
    """One unit's place in a ranking."""

    unit: Annotated[str, Meta(description="A county's code (GB/T 2260), or `g1`… for a group.")]
    rank: Annotated[int, Meta(description="From 1; units with equal scores share one.", ge=1)]
    score: Annotated[int, Meta(description="In hundredths of a point.")]


class Ranking(Struct, frozen=True):
    """A ranking of one kind of unit."""

    kind: Annotated[str, Meta(description="Which kind.", extra_json_schema={"enum": ["county", "group"]})]
    placings: Annotated[tuple[Placing, ...], Meta(description="Every unit of the kind, best first.")]
