"""Snapshots: caches outside the canon that make long streams quick to load.

A snapshot holds an aggregate's attributes as annotated on its class. Its `schema` is a hash of the code that made them:
of every source file in the packages of the aggregate, of its service's events, and of the values inside either, and of
this package. When any of it has changed, the snapshot is ignored and the stream is read from the start; that costs one
slow load of each long stream after a release, and spares deciding which change matters. Code outside those packages is
not seen: `apply` assigns, it does not call rules.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import UUID

import msgspec
import structlog
from eventsourcing.utils import TopicError, get_topic, resolve_topic
from psycopg import Connection

from shared.platform.event_store import typed
from shared.platform.event_store.events import stored_events

INTERVAL = 50
log = structlog.get_logger("snapshots")
_BASE = {"_id": UUID, "_version": int, "_created_on": datetime, "_modified_on": datetime}
_CLASS_ATTRIBUTES = ("INITIAL_VERSION", "TOPIC")


@cache
def _shape(cls: type) -> tuple[type[msgspec.Struct], str]:
    hints = {name: hint for name, hint in get_type_hints(cls).items() if name not in _CLASS_ATTRIBUTES}
    struct = msgspec.defstruct(f"{cls.__name__}Snapshot", list((_BASE | hints).items()))
    return struct, f"{get_topic(cls)}/{_code_of(cls)}"


def _code_of(aggregate: type) -> str:
    """16 hexadecimal digits of a SHA-256 over the code that decides what a snapshot of `aggregate` would be."""
    reached: set[type] = set()
    for cls in (aggregate, *stored_events(get_topic(aggregate).partition(".")[0])):
        _reach(cls, reached)
    folders = {Path(__file__).parent, *(Path(str(sys.modules[cls.__module__].__file__)).parent for cls in reached)}
    files = {file for folder in folders for file in folder.rglob("*.py")}
    digest = hashlib.sha256()
    for content in sorted(file.read_bytes() for file in files):  # not by name: where it is installed does not matter
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _reach(cls: type, reached: set[type]) -> None:
    """Add `cls` and every class of our own values that it holds, however deep."""
    reached.add(cls)
    for hint in get_type_hints(cls).values():
        for inside in _classes_in(hint):
            if (is_dataclass(inside) or issubclass(inside, msgspec.Struct)) and inside not in reached:
                _reach(inside, reached)


def _classes_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for part in get_args(hint):
        yield from _classes_in(part)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An aggregate's state at one version, encoded when it was taken."""

    stream: UUID
    version: int
    schema: str
    state: bytes


def take(aggregate: Any) -> Snapshot:
    """The aggregate's present state.

    Raises KeyError for an annotated attribute that it lacks, TypeError for one that a snapshot would lose.
    """
    kind: type = type(aggregate)
    struct, schema = _shape(kind)
    undeclared = aggregate.__dict__.keys() - {*struct.__struct_fields__, "_pending_events"}
    if undeclared:
        raise TypeError(f"annotate {', '.join(sorted(undeclared))} on {type(aggregate).__qualname__}")
    state = msgspec.json.encode(struct(**{name: aggregate.__dict__[name] for name in struct.__struct_fields__}))
    return Snapshot(aggregate.id, aggregate.version, schema, state)


def save(connection: Connection[Any], snapshot: Snapshot) -> None:
    """Replace the stream's snapshot."""
    connection.execute(
        """INSERT INTO snapshots (stream, version, schema, state) VALUES (%s, %s, %s, %s)
           ON CONFLICT (stream) DO UPDATE SET version = excluded.version, schema = excluded.schema,
           state = excluded.state""",
        (snapshot.stream, snapshot.version, snapshot.schema, snapshot.state),
    )


def load(connection: Connection[Any], id_: UUID) -> Any | None:
    """The aggregate as last snapshotted, or None where there is no snapshot that this code can read."""
    row = connection.execute("SELECT schema, state FROM snapshots WHERE stream = %s", (id_,)).fetchone()
    return None if row is None else restore(id_, *row)


def restore(id_: UUID, schema: str, state: bytes) -> Any | None:
    """The aggregate in a snapshot, or None where this code cannot read it."""
    try:
        cls = resolve_topic(schema.partition("/")[0])
        struct, current = _shape(cls)
        if schema != current:
            return None
        attributes = msgspec.structs.asdict(typed.decode(state, struct))
    except (TopicError, msgspec.MsgspecError, TypeError) as error:
        log.warning("snapshot ignored", stream=str(id_), schema=schema, error=str(error))
        return None
    aggregate = cls.__new__(cls)
    aggregate.__dict__.update(attributes | {"_pending_events": []})
    return aggregate
