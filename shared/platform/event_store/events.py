"""How an event class is declared: a registered name, typed fields, an envelope.

Every event names the topic under which it is stored (`@stored("cases.CaseOpened")`). The library would otherwise
store the import path, which a moved file breaks; and an inherited name would make two types one, so a class without a
name of its own is refused when it is first stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.domain import Aggregate, AggregateCreated, AggregateEvent
from eventsourcing.utils import get_topic, register_topic, resolve_topic

from shared.platform.event_store.envelope import Envelope

RECORDED_ZONE = ZoneInfo("Asia/Shanghai")
_C = TypeVar("_C", bound=type)
_A = TypeVar("_A", bound=Aggregate)


class EnvelopedEvent(AggregateEvent):
    """An event of one of our aggregates. The library's `timestamp` is our `recorded`: the wall clock."""

    envelope: Envelope

    @staticmethod
    def create_timestamp() -> datetime:
        return datetime.now(RECORDED_ZONE)

    @property
    def at(self) -> datetime:
        """When it happened, by the domain clock."""
        return self.envelope.at


class EnvelopedCreation(EnvelopedEvent, AggregateCreated):
    """The first event of a stream. The aggregate's `__init__` takes nothing; `apply` says what the event made of it."""

    def mutate(self, aggregate: Any) -> Any:
        """As the library's, without asking each time by reflection which fields the constructors take."""
        assert aggregate is None
        cls = resolve_topic(self.originator_topic)
        made = cls.__new__(cls)
        made.__base_init__(self.originator_id, self.originator_version, self.timestamp)
        made.__init__()
        self.apply(made)
        return made


def begin(cls: type[_A], creation: type[EnvelopedCreation], *, id: UUID, **fields: Any) -> _A:
    """A new aggregate of `cls` whose stream begins with `creation`. As the library's `_create`, for those classes that
    are stored under names of their own: it need not ask by reflection which of the fields an identifier is made of."""
    event = creation(
        originator_topic=get_topic(cls), originator_id=id, originator_version=cls.INITIAL_VERSION,
        timestamp=creation.create_timestamp(), **fields,
    )  # fmt: skip
    made: _A = event.mutate(None)
    made.pending_events.append(event)
    return made


def stored(topic: str) -> Callable[[_C], _C]:
    """Declare the immutable name under which an event or aggregate class is stored: `<service>.<Name>`."""

    def declare(cls: _C) -> _C:
        cls.TOPIC = topic  # type: ignore[attr-defined]
        register_topic(topic, cls)
        return cls

    return declare
