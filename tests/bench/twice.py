"""What is measured with few cases and with many, on servers of its own each time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from rich.progress import Progress

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from tests.support import servers

T = TypeVar("T")
Measure = Callable[[int, EmbeddedPostgres, EmbeddedNats], Coroutine[Any, Any, T]]


def few_and_many(name: str, measure: Measure[T], few: int, many: int, progress: Progress | None) -> tuple[T, T]:
    """What `measure` finds with each number of cases."""
    task = progress.add_task(name, total=2) if progress else None
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (few, many):
            home = Path(folder) / str(count)
            with servers.quick_postgres(home / "postgres") as postgres, EmbeddedNats(home / "nats") as nats_server:
                found.append(uvloop.run(measure(count, postgres, nats_server)))
            if progress and task is not None:
                progress.advance(task)
    return found[0], found[1]
