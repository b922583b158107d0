"""The seven steps of the loop as everybody draws them (domain 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

StepName = Literal["found", "processed", "transferred", "disclosed", "escalated", "key_supervision", "assessed"]
StepState = Literal["done", "current", "due", "not_needed", "alarm"]


class LoopStep(Struct, frozen=True):
    """One of the seven. `when` is when it was done, or the exclusive instant of its due."""

    name: StepName
    state: StepState
    when: datetime | None
    note: str
