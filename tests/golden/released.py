"""What has been released of the stored events of a service, as it lies in this folder.

`streams/<service>.jsonl` holds whole streams of real events, one event a line: its stored name, its stream, its place
there and the bytes exactly as stored; a line of place 1 begins a stream. `expected/<service>.jsonl` says, a line a
stream, what the aggregate knows after it. `shapes/<service>.json` says what the data of each event were, by stored
name and version: a list of editions, each with optional fields more than the one before.

Nothing in `streams` or `shapes` is ever changed or removed: databases are full of it. `make` adds to them.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic
from msgspec import inspect

from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored_events
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.snapshots import take
from tests.support.json_schema import Schema

HERE = Path(__file__).parent
MAPPER = EventMapper(CanonicalTranscoder())
Stream = list[StoredEvent]
Shapes = dict[str, dict[str, list[Schema]]]
_NOT_DATA = frozenset(field.name for field in fields(EnvelopedCreation))


@cache
def events_of(service: str) -> tuple[type[EnvelopedEvent], ...]:
    """Every event that the service stores, wherever its code keeps them."""
    package = import_module(f"services.{service}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    return stored_events(service)


def read_streams(service: str) -> list[Stream]:
    """The released streams."""
    found: list[Stream] = []
    for line in _lines(HERE / "streams" / f"{service}.jsonl"):
        if line["version"] == 1:
            found.append([])
        found[-1].append(StoredEvent(UUID(line["stream"]), line["version"], line["topic"], line["state"].encode()))
    return found


def as_lines(stream: Stream) -> Iterable[str]:
    """A stream as it is written down."""
    for one in stream:
        line = {"topic": one.topic, "stream": str(one.originator_id), "version": one.originator_version}
        yield json.dumps({**line, "state": one.state.decode()}, ensure_ascii=False) + "\n"


def read_expected(service: str) -> list[dict[str, Any]]:
    """What each stream's aggregate is expected to know."""
    return _lines(HERE / "expected" / f"{service}.jsonl")


def read_shapes(service: str) -> Shapes:
    """Stored name → version → editions."""
    path = HERE / "shapes" / f"{service}.json"
    shapes: Shapes = json.loads(path.read_text()) if path.exists() else {}
    return shapes


def written_in(stream: Stream) -> set[tuple[str, int]]:
    """The stored names and versions in a stream."""
    return {(one.topic, json.loads(one.state).get("v", 1)) for one in stream}


def what_it_made(stream: Stream) -> dict[str, Any]:
    """The aggregate after a stream: its stored name and all that it knows, as plain JSON."""
    aggregate: Any = None
    for one in stream:
        aggregate = MAPPER.to_domain_event(one).mutate(aggregate)
    return {"aggregate": get_topic(type(aggregate)), "state": msgspec.json.decode(take(aggregate).state)}


def shape(cls: type[EnvelopedEvent]) -> Schema:
    """The data of an event, and the values inside them, in the words of a JSON Schema with the types of Python: JSON's
    know no instants."""
    event = inspect.type_info(cls)
    assert isinstance(event, inspect.DataclassType)
    found = _of_fields(field for field in event.fields if field.name not in _NOT_DATA)
    return msgspec.json.decode(msgspec.json.encode(found), type=Schema)


def _shape(kind: inspect.Type) -> Schema:
    match kind:
        case inspect.DataclassType() | inspect.StructType():
            return _of_fields(kind.fields)
        case inspect.UnionType():
            return {"anyOf": [_shape(one) for one in kind.types]}
        case inspect.CollectionType() | inspect.VarTupleType():
            return {"items": _shape(kind.item_type)}
        case inspect.TupleType():
            return {"prefixItems": [_shape(one) for one in kind.item_types]}
        case inspect.DictType():
            return {"propertyNames": _shape(kind.key_type), "additionalProperties": _shape(kind.value_type)}
        case inspect.LiteralType():
            return {"enum": sorted(kind.values)}
    return {"type": type(kind).__name__.removesuffix("Type").lower()}


def _of_fields(fields_: Iterable[inspect.Field]) -> Schema:
    properties, required = {}, []
    for field in fields_:
        properties[field.name] = _shape(field.type)
        if field.required:
            required.append(field.name)
        else:
            made = field.default_factory is not msgspec.NODEFAULT
            properties[field.name]["default"] = field.default_factory() if made else field.default
    return {"properties": properties, "required": sorted(required)}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
