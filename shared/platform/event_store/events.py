"""How an event class is declared: a registered name, typed fields, an envelope, a version.

Every event names the topic under which it is stored (`@stored("cases.CaseOpened")`). The library would otherwise
store the import path, which a moved file breaks; and an inherited name would make two types one, so a class without a
name of its own is refused when it is first stored.

What is stored is never rewritten, so a class must be able to read all that was ever stored under its name. A new field
with a default, or a new value of an enumeration, needs nothing more; so much for values inside the event, too. Anything
else (a field removed, renamed, of another type or meaning, or without a default; another default) makes a new version:

    @stored("lifts.LiftInspected")
    class LiftInspected(EnvelopedEvent):
        class_version = 2
        remarks: tuple[str, ...]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["remarks"] = [state.pop("remark")]

The names are the library's. An upcaster changes the event's data in place, as it lies in plain JSON, without envelope,
clock or campaign: what it cannot know from the data alone it must leave out. The mapper runs them in order, from the
version that was stored; an older release refuses what a newer one has stored. So the data in the database are of
several versions for ever: read them through the mapper, not by SQL. A name that no code writes any more keeps its
class.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate, AggregateCreated, AggregateEvent
from eventsourcing.utils import get_topic, register_topic, resolve_topic

from shared.platform.event_store.envelope import Envelope

_EVENTS: dict[str, type[EnvelopedEvent]] = {}
_C = TypeVar("_C", bound=type)
_A = TypeVar("_A", bound=Aggregate)


class EnvelopedEvent(AggregateEvent):
    """An event of one of our aggregates. The library's `timestamp` is our `recorded`: the wall clock."""

    TOPIC: ClassVar[str]  # its stored name, by `stored`
    class_version: ClassVar[int] = 1
    upcasters: ClassVar[tuple[Callable[[dict[str, Any]], None], ...]] = ()  # the first reads version 1; by `stored`
    envelope: Envelope

    @staticmethod
    def create_timestamp() -> datetime:
        return datetime.now(UTC)

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
    """Declare the immutable name under which an event or aggregate class is stored: `<service>.<Name>`.

    Raises TypeError for an event whose upcasters do not lead from every version to its own, one by one.
    """

    def declare(cls: _C) -> _C:
        cls.TOPIC = topic  # type: ignore[attr-defined]
        register_topic(topic, cls)
        if issubclass(cls, EnvelopedEvent):
            cls.upcasters = _upcasters(cls)
            _EVENTS[topic] = cls
        return cls

    return declare


def stored_events(service: str) -> tuple[type[EnvelopedEvent], ...]:
    """The events stored under `<service>.…`, in the order of their declaration: those of the imported modules."""
    return tuple(cls for topic, cls in _EVENTS.items() if topic.partition(".")[0] == service)


def _upcasters(cls: type[EnvelopedEvent]) -> tuple[Callable[[dict[str, Any]], None], ...]:
    names = [f"upcast_v{n}_v{n + 1}" for n in range(1, cls.class_version)]
    has = {name for name in dir(cls) if re.match(r"upcast_v\d", name)}
    if has != set(names):
        wrong = ", ".join(sorted(has ^ set(names)))
        raise TypeError(
            f"{cls.__qualname__} is of version {cls.class_version}: it needs {names or 'no upcasters'}, see {wrong}"
        )
    return tuple(getattr(cls, name) for name in names)
