"""Where *now* comes from. The system's clock is read here and nowhere else; everything else is given an instant."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.kernel.campaign.calendar import SHANGHAI


class Clock(Protocol):
    """Something that knows the time: aware, in Asia/Shanghai."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(SHANGHAI)
