"""Read tables: for each, what an event (our own, or another service's contract) makes of its row. An explicit table.

A projection copies fields and decides nothing. Everything that a table shows follows from events alone, so that it can
be built from zero and compared: no handler writes a row by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shared.platform.event_store.rows import Change
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Received

Values = Mapping[str, Any]
Project = Callable[[Any, "Received | None"], "Iterable[Change] | Change"]
Row = Callable[[Any], Values]


class Rows:
    """One read table. `key` is its key's column, and `of` tells it from an event; with `version`, the row carries the
    version of its stream. `extra` are columns that follow from every event alike."""

    def __init__(
        self, table: str, *, key: str = "id", of: Callable[[Any], Any] = lambda event: event.originator_id,
        version: bool = False, extra: Row | None = None,
    ) -> None:  # fmt: skip
        self.table = table
        self.key = key
        self._of = of
        self._version = version
        self._extra = extra
        self.reactions: dict[type, Project] = {}

    def new(self, kind: type, row: Row) -> None:
        """The event brings a new row."""
        self._set(kind, lambda event, _: Change(self.table, self.key, self._values(event, row(event)), new=True))

    def on(self, rows: Mapping[type, Row]) -> None:
        """Each event brings new values of its row."""
        for kind, row in rows.items():
            self._change(kind, row)

    def touched_by(self, *kinds: type) -> None:
        """These change nothing of the row but what follows from every event."""
        for kind in kinds:
            self._change(kind, lambda _: {})

    def by(self, kind: type, project: Callable[[Any], Iterable[Change] | Change]) -> None:
        """The event changes rows in a way of its own."""
        self._set(kind, lambda event, _: project(event))

    def heard(self, kind: type, project: Callable[[Any, Received], Iterable[Change] | Change]) -> None:
        """Another service's contract changes rows in a way of its own, with what is known of it besides."""
        self._set(kind, lambda event, received: project(event, _given(received)))

    def _change(self, kind: type, row: Row) -> None:
        self._set(kind, lambda event, _: Change(self.table, self.key, self._values(event, row(event)), new=False))

    def _set(self, kind: type, project: Project) -> None:
        if kind in self.reactions:
            raise ValueError(f"{kind.__name__} changes {self.table} in two ways")
        self.reactions[kind] = project

    def _values(self, event: Any, values: Values) -> dict[str, Any]:
        found: dict[str, Any] = {self.key: self._of(event)}
        if self._version:
            found["version"] = event.originator_version
        if self._extra is not None:
            found.update(self._extra(event))
        found.update(values)
        return found


class Projector:
    """All read tables of a service. `keys`: the key's column of each; of a table that is written in several ways, the
    first one's, by which every row is found."""

    def __init__(self, *tables: Rows) -> None:
        self.tables = tuple(dict.fromkeys(table.table for table in tables))
        self.keys = {table.table: table.key for table in reversed(tables)}
        self._reactions: dict[type, tuple[Project, ...]] = {}
        for table in tables:
            for kind, project in table.reactions.items():
                self._reactions[kind] = (*self._reactions.get(kind, ()), project)

    def project(self, event: Any, received: Received | None = None) -> Iterator[Change]:
        """The changes that follow from one event: of our own, or as it was received from another service."""
        for project in self._reactions.get(type(event), ()):
            changes = project(event, received)
            if isinstance(changes, Change):
                yield changes
            else:
                yield from changes

    def take_in(self, session: Session, event: Any, received: Received) -> None:
        """Write what follows from another service's event."""
        for change in self.project(event, received):
            session.write(change)

    def __contains__(self, kind: object) -> bool:
        return kind in self._reactions

    @property
    def kinds(self) -> frozenset[type]:
        """Every event and contract that some table shows."""
        return frozenset(self._reactions)


def _given(received: Received | None) -> Received:
    if received is None:
        raise TypeError("this is shown only as it was received")
    return received
