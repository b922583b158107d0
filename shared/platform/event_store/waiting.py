"""The commands that wait for the lane, and for how long it has stood still.

Kept on the event loop, apart from the lane's thread: whatever holds that up (a database that is frozen, a command that
computes for long), whoever has waited for `patience` seconds without any command succeeding is told. What becomes of
their commands is then open, and a repetition with the same key finds it out; those that were not begun are dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from shared.platform.event_store.group import Item

BREATH = 0.05


class Unavailable(Exception):
    """The database does not answer, or the service is closing. Repeat with the same idempotency key."""


class Waiting:
    """Used on the event loop alone; `patience` is in seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._items: dict[int, Item] = {}
        self._moved = time.monotonic()
        self._stands_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def stands_for(self) -> float:
        """For how many seconds somebody waits, or was told in vain, while no command has succeeded; else 0."""
        since = self._stands_since
        if since is None and self._items:
            since = self._since_when()
        return 0.0 if since is None else time.monotonic() - since

    def add(self, item: Item) -> None:
        """It was queued."""
        self._items[id(item)] = item
        if self._timer is None:
            self._look_in(self._patience)

    def ended(self, items: Sequence[Item]) -> None:
        """They have their outcomes."""
        if any(not item.failed for item in items):
            self._moved, self._stands_since = time.monotonic(), None
        elif any(isinstance(item.outcome, Unavailable) for item in items):
            self._stands_since = self._stands_since or min(item.since for item in items)
        for item in items:
            self._items.pop(id(item), None)

    def close(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def _since_when(self) -> float:
        return max(self._moved, next(iter(self._items.values())).since)

    def _look_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(seconds, BREATH), self._look)

    def _look(self) -> None:
        self._timer = None
        now = time.monotonic()
        if self._items and self._since_when() + self._patience <= now:
            self._stands_since = self._stands_since or self._since_when()
            for item in [one for one in self._items.values() if one.since + self._patience <= now]:
                self._give_up(item)
        if self._items:
            self._look_in(self._since_when() + self._patience - now)

    def _give_up(self, item: Item) -> None:
        del self._items[id(item)]
        item.given_up = True
        if not item.future.done():
            item.future.set_exception(Unavailable("the command did not end in time"))
