"""Walks through each service in memory in which every kind of event happens: what golden streams are taken from."""

from __future__ import annotations

from collections.abc import Callable

from tests.golden.released import Stream
from tests.services.assessment import conftest as assessment
from tests.services.cases import conftest as cases
from tests.services.intake import desk as intake
from tests.services.notify import conftest as notify

WALKS: dict[str, Callable[[], list[Stream]]] = {
    "intake": lambda: list(intake.everything_happens().memory.streams.values()),
    "cases": lambda: list(cases.everything_happens().memory.streams.values()),
    "assessment": lambda: list(assessment.everything_happens().memory.streams.values()),
    "notify": lambda: list(notify.everything_happens().memory.streams.values()),
}
