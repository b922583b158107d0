"""Walks through each service in memory in which every kind of event happens: what golden streams are taken from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.golden.released import MAPPER, Stream
from tests.services.assessment import conftest as assessment
from tests.services.cases import conftest as cases
from tests.services.intake import tips
from tests.services.notify import conftest as notify


def _intake() -> list[Stream]:
    first = [
        tips.received(category="cylinder", occurred_at=tips.NOON, external_no="12345-7"), tips.identity_sealed(),
        tips.supplemented(), tips.heard(), tips.told(), tips.triaged(),
    ]  # fmt: skip
    lives = [
        first,
        [tips.received(), tips.triaged_by_rule()],
        [tips.received(), tips.dismissed()],
        [tips.received(kind="complaint"), tips.referred()],
    ]
    streams = []
    for life in lives:
        tip: Any = None
        for step in life:
            tip = step(tip) or tip
        streams.append([MAPPER.to_stored_event(event) for event in tip.collect_events()])
    return streams


WALKS: dict[str, Callable[[], list[Stream]]] = {
    "intake": _intake,
    "cases": lambda: list(cases.everything_happens().memory.streams.values()),
    "assessment": lambda: list(assessment.everything_happens().memory.streams.values()),
    "notify": lambda: list(notify.everything_happens()._memory.streams.values()),
}
