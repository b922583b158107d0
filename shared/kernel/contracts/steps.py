"""The seven steps of the loop as everybody draws them (domain 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

StepName = Literal["found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed"]
StepState = Literal["done", "current", "due", "not_needed", "alarm"]
StageName = Literal["to_sign_for", "handling", "to_review", "to_close"]


class LoopStage(Struct, frozen=True):
    """Where a case stands on its way from a step to the next. `due`: by when (exclusive) this is over; None where no
    date runs."""

    name: StageName
    due: datetime | None = None


class LoopStep(Struct, frozen=True):
    """One of the seven. `when` is when it was done, or the exclusive instant of its due. `stage`: of `transferred`, as
    long as the case is with the unit or its result with the office."""

    name: StepName
    state: StepState
    when: datetime | None
    note: str
    stage: LoopStage | None = None
