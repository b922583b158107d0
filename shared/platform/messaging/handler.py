"""What a service does with one event of another, and what is known of the event besides its contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.platform.event_store import typed
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import PositionLost
from shared.platform.messaging.cloudevents import CloudEvent
from shared.platform.messaging.timelines import FIRST, reference

TRY_AGAIN = (Unavailable, Contended, PositionLost)
"""What says nothing about the event: it is to be read again."""
LARGEST_BUFFER = 10_000
"""How many events that came too early are kept for those before them."""
BEHIND = "an earlier event of this case is parked"


@dataclass(frozen=True, slots=True)
class Received:
    """What a handler is told about an event besides its contract."""

    producer: str
    name: str
    partitionkey: str
    sequence: int
    at: datetime
    timeline: int = FIRST

    @property
    def reference(self) -> str:
        """The event as a cause: see `timelines`."""
        return reference(self.producer, self.sequence, self.timeline)


Handle = Callable[[Session, Any, Received], str | None]
"""What is done about an event: None when all of it is done, else what is left and why: then what was done is committed,
and the event is put aside. A replay gives it again, so what was done must be recognised."""
Show = Callable[[Session, Any, Received], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """How one event is taken in, within the lane's transaction: `handle` does something about it, `show` writes read
    rows. `alone`: it changes so much that others must not wait for several of its kind. `version`: raised when `handle`
    was mended and is to be given the history once more (see `missed`)."""

    contract: type[Any]
    handle: Handle | None
    show: Show | None = None
    version: int = 1
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came from the stream."""

    body: bytes
    stream_sequence: int


class NotAll(Exception):
    """Something of an event is left, which is therefore to be taken in alone."""


def apply(
    handler: Handler, event: CloudEvent, producer: str, session: Session, *, shown: bool = True
) -> str | None:  # fmt: skip
    """Run one handler on one event within a session; not `shown`: its read rows are there already. What is left, of
    which nothing is shown yet."""
    contract = typed.decode(event.data, handler.contract)
    at = datetime.fromisoformat(event.time)
    received = Received(producer, event.name, event.partitionkey, event.number, at, event.timeline)
    if handler.handle is not None and (left := handler.handle(session, contract, received)):
        return left
    if handler.show is not None and shown:
        handler.show(session, contract, received)
    return None


class Metrics:
    """Counters of all inboxes of a service, labelled by producer only."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["producer"]
        self.taken = Counter("bihuan_inbox_events", "Events taken in", labels, registry=registry)
        self.parked = Counter("bihuan_inbox_parked", "Events put aside as dead letters", labels, registry=registry)
        self.foreign = Counter("bihuan_inbox_foreign", "Messages that are no events", labels, registry=registry)
        self.forged = Counter(
            "bihuan_inbox_forged", "Messages without their producer's seal", labels, registry=registry
        )
        self.abandoned = Counter(
            "bihuan_inbox_abandoned", "Events of a time that the producer's database has forgotten", labels,
            registry=registry,
        )  # fmt: skip
        self.missed = Gauge("bihuan_inbox_missed", "Events that handlers missed", labels, registry=registry)
        self.position = Gauge("bihuan_inbox_position", "Last sequence taken in", labels, registry=registry)
