"""A snapshot of a case is the case: nothing that it knows is lost, at any moment of its life."""

from __future__ import annotations

from typing import Any

from shared.platform.event_store import snapshots
from tests.services.cases.desk import Desk


class OneRow:
    """A connection that finds this snapshot."""

    def __init__(self, snapshot: snapshots.Snapshot) -> None:
        self._row = (snapshot.schema, snapshot.state)

    def execute(self, *_: Any) -> OneRow:
        return self

    def fetchone(self) -> tuple[str, bytes]:
        return self._row


def test_a_case_or_register_read_from_its_snapshot_is_the_one_that_was_taken(eventful: Desk) -> None:
    for stream in eventful.streams:
        aggregate: Any = None
        for event in eventful.events(stream):
            aggregate = event.mutate(aggregate)
            read = snapshots.load(OneRow(snapshots.take(aggregate)), stream)  # type: ignore[arg-type]
            assert vars(read) == vars(aggregate), event
