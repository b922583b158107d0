"""A subscriber of another house, which knows the public stream by its description alone: one service's events."""

from __future__ import annotations

import json
from typing import Any


class Outsider:
    """Takes messages in the order of the stream and keeps what holds: an event belongs to the highest timeline that
    had begun before its place, and one that says it is of another is void."""

    def __init__(self, service: str) -> None:
        self._prefix = f"bihuan.{service}."
        self._begun = {1: 0}
        self._kept: dict[int, dict[str, Any]] = {}

    def take(self, body: bytes) -> None:
        event = json.loads(body)
        if not event["type"].startswith(self._prefix):
            return
        place, timeline = int(event["sequence"]), event.get("timeline", 1)
        if timeline not in self._begun:
            self._begun[timeline] = int(event["timelineafter"])
            self._kept = {n: one for n, one in self._kept.items() if self._holds(n, one)}
        if self._holds(place, event):
            self._kept.setdefault(place, event)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What holds, in the service's order."""
        return [self._kept[place] for place in sorted(self._kept)]

    def _holds(self, place: int, event: dict[str, Any]) -> bool:
        belongs = max(number for number, after in self._begun.items() if after < place)
        return bool(event.get("timeline", 1) == belongs)
