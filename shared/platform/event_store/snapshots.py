"""Snapshots: caches outside the canon that make long streams quick to load.

A snapshot holds an aggregate's attributes as annotated on its class. Its `schema` is a hash of those annotations: when
the code has moved on, the snapshot is ignored and the stream is read from the start.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
import structlog
from eventsourcing.utils import TopicError, get_topic, resolve_topic
from psycopg import Connection

from shared.platform.event_store import typed

INTERVAL = 50
log = structlog.get_logger("snapshots")
_BASE = {"_id": UUID, "_version": int, "_created_on": datetime, "_modified_on": datetime}


@cache
def _shape(cls: type) -> tuple[type[msgspec.Struct], str]:
    hints = {name: hint for name, hint in get_type_hints(cls).items() if name not in ("INITIAL_VERSION", "TOPIC")}
    fields = _BASE | hints
    struct = msgspec.defstruct(f"{cls.__name__}Snapshot", list(fields.items()))
    text = get_topic(cls) + repr(sorted((name, repr(hint)) for name, hint in fields.items()))
    return struct, f"{get_topic(cls)}/{hashlib.sha256(text.encode()).hexdigest()[:16]}"


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
