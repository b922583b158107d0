"""A clock that tests set."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.kernel.campaign.calendar import SHANGHAI
from shared.kernel.campaign.errors import NaiveInstant


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self.set(instant)

    def now(self) -> datetime:
        return self._instant

    def set(self, instant: datetime) -> None:
        """Make it `instant`, earlier or later. Raises NaiveInstant."""
        if instant.tzinfo is None:
            raise NaiveInstant(instant)
        self._instant = instant.astimezone(SHANGHAI)

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock on and returns the new time."""
        self._instant += by
        return self._instant
