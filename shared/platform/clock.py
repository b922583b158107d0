"""Where *now* comes from: the domain clock. The system's clock is read here and nowhere else; everything else is given
an instant. `event_store.row_clock` is the clock that a simulation sets."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time: aware, in one zone."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, told in `zone`."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def now(self) -> datetime:
        return datetime.now(self._zone)
