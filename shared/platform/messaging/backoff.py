"""What failed is tried again after a growing pause, and told once, not at every try."""

from __future__ import annotations

from typing import Any

FIRST, LONGEST = 0.5, 5.0


class Backoff:
    """The pauses after failures in a row: 0.5 s, twice as long each time, 5 s at most. `reason` is what fails now."""

    def __init__(self, log: Any, what: str, **about: str) -> None:
        """`log` gets “`what` interrupted” when the reason is another one than before, and “… goes on”."""
        self.reason: str | None = None
        self._log = log
        self._what = what
        self._about = about
        self._pause = FIRST

    def failed(self, error: Exception) -> float:
        """For how many seconds to wait now."""
        reason = f"{type(error).__name__}: {error}"
        if reason != self.reason:
            self._log.warning(f"{self._what} interrupted", **self._about, error=reason)
        self.reason = reason
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST)
        return pause

    def worked(self) -> None:
        """The next failure is a new one."""
        if self.reason is not None:
            self._log.info(f"{self._what} goes on", **self._about)
        self.reason, self._pause = None, FIRST
