"""Between event objects and their stored bytes.

The bytes are `{…envelope, "recorded", "data": {…}}` in canonical JSON, made once at append and never made again to
verify; `"v"` is beside them where the class's version is above 1. Reading brings `data` from the stored version to the
class's (see `events`) and converts it to the event's typed fields; a field that a newer writer added without a new
version is ignored, a missing one takes the class's default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from eventsourcing.domain import AggregateCreated
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent, Transcoder
from eventsourcing.utils import TopicError, resolve_topic
from msgspec import structs

from shared.platform.event_store import canonical, typed
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import EnvelopedEvent


class _State(Envelope, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of an event: `v` only where it is not the first version."""

    recorded: datetime
    data: dict[str, Any]
    v: int = 1


class CanonicalTranscoder(Transcoder):
    """The library's port for bytes, on canonical JSON."""

    def encode(self, obj: Any) -> bytes:
        return canonical.encode(obj)

    def decode(self, data: bytes) -> Any:
        return canonical.decode(data)


class EventMapper(Mapper[UUID]):
    """Stores the envelope beside the data. Errors: MapperDeserialisationError names topic, stream and version."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        cls = type(domain_event)
        topic = cls.__dict__.get("TOPIC")
        if topic is None:
            raise TypeError(f"{cls.__qualname__} has no stored name of its own: declare it with @stored(…)")
        fields = dict(vars(domain_event))
        stream = fields.pop("originator_id")
        version = fields.pop("originator_version")
        envelope = fields.pop("envelope")
        recorded = fields.pop("timestamp")
        aggregate = fields.pop("originator_topic", None)
        if aggregate is not None:  # the aggregate's name is a fact of the class, not of the event
            _check_aggregate_name(cls, aggregate)
        canonical.check(fields)
        state = _State(**structs.asdict(envelope), recorded=recorded, data=fields, v=cls.class_version)
        return StoredEvent(stream, version, topic, canonical.encode_checked(state))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        try:
            cls = cast("type[EnvelopedEvent]", resolve_topic(stored_event.topic))
            state = canonical.decode(stored_event.state)
            fields = state.pop("data")
            if cls.upcasters or "v" in state:
                _upcast(cls, state.pop("v", 1), fields)
            fields["timestamp"] = state.pop("recorded")
            fields["envelope"] = state
            fields["originator_id"] = str(stored_event.originator_id)
            fields["originator_version"] = stored_event.originator_version
            if issubclass(cls, AggregateCreated):
                fields["originator_topic"] = cls.aggregate_topic  # type: ignore[attr-defined]
            return typed.convert(fields, cls)
        except (TopicError, msgspec.MsgspecError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise MapperDeserialisationError(
                f"stored event {stored_event.topic} version {stored_event.originator_version} of stream "
                f"{stored_event.originator_id} cannot be read: {error}"
            ) from error


def _upcast(cls: type[EnvelopedEvent], version: int, data: dict[str, Any]) -> None:
    """Bring plain data from the stored version to the class's, in place."""
    if version > cls.class_version:
        raise ValueError(
            f"it was stored as version {version} by a newer release, this one reads up to version {cls.class_version}: "
            "update this process"
        )
    for upcast in cls.upcasters[version - 1 :]:
        upcast(data)


def _check_aggregate_name(creation: type, aggregate: str) -> None:
    """A stream whose first event names another aggregate, or none, could be written but never read."""
    named = getattr(creation, "aggregate_topic", None)
    if named != aggregate:
        raise TypeError(
            f"{creation.__qualname__} creates {aggregate}, but its aggregate_topic is {named}: "
            "declare the aggregate with @stored(…) and put that name there"
        )
