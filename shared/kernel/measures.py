"""A measure of enforcement with its facts (domain 3.2): what was ordered or decided, under which number, when, on what
ground. One shape for results, for what is decided after the closing, and for everybody who is told of either.

Which facts a measure needs is data of the campaign: `facts` on the terms of its taxonomy `measures`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

CONCLUSIONS = ("borne_out", "partly_borne_out", "not_borne_out")
"""What a result comes to (属实, 部分属实, 不属实): the codes of the taxonomy `conclusions`."""
Conclusion = Literal["borne_out", "partly_borne_out", "not_borne_out"]
BORNE_OUT, PARTLY_BORNE_OUT, NOT_BORNE_OUT = CONCLUSIONS
UPHELD = (BORNE_OUT, PARTLY_BORNE_OUT)
"""What was alleged is so, wholly or in part."""
Licence = Literal["suspended", "revoked"]
"""暂扣 and 吊销: two different things."""
Reinspected = Literal["passed", "closure_proposed"]
"""How the re-inspection of a suspension ended."""


class MeasureTaken(Struct, frozen=True):
    """One measure with its facts; those that a measure does not have are empty."""

    measure: Annotated[str, Meta(description="What was ordered or decided, a code of the campaign's measures.")]
    number: Annotated[str | None, Meta(description="The number of the decision or order.")] = None
    on: Annotated[date | None, Meta(description="The day of the decision or order.")] = None
    amount: Annotated[int | None, Meta(description="What is to be paid, in fen; 0: no fine.")] = None
    articles: Annotated[str | None, Meta(description="The articles of law on which it rests.")] = None
    reinspection: Annotated[date | None, Meta(description="By when what was suspended is inspected again.")] = None
    below_maximum: Annotated[str | None, Meta(description="Why a penalty is below the maximum, if it is.")] = None
    licence: Annotated[Licence | None, Meta(description="Whether a licence is suspended or revoked.")] = None
