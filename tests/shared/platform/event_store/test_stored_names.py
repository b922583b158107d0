"""The names under which events are stored, and how old and new events are read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate, ProgrammingError
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from shared.platform.event_store import canonical
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, begin, stored
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from tests.support.sample import AT, Address, Lift, LiftInspected, LiftRegistered, envelope, in_days

STREAM = UUID(int=7)
mapper = EventMapper(CanonicalTranscoder())


def stored_inspection(**changes: Any) -> StoredEvent:
    """An inspection as it lies in the table, with other data or another envelope."""
    lift = Lift.register(envelope(), STREAM, "140525")
    lift.inspect(envelope(), "fine")
    state = canonical.decode(mapper.to_stored_event(lift.collect_events()[1]).state)
    data = {**state.pop("data"), **changes.pop("data", {})}
    topic = changes.pop("topic", "sample.LiftInspected")
    return StoredEvent(STREAM, 2, topic, canonical.encode({**state, **changes, "data": data}))


class Nameless(EnvelopedEvent):
    def apply(self, lift: Lift) -> None: ...


class Heir(LiftInspected):
    """Inherits a stored name, which would make two types one."""


class NamelessAggregate(Aggregate):
    def __init__(self) -> None: ...


@stored("sample.SomethingElse")
class SomethingElse(Aggregate):
    def __init__(self) -> None: ...


@stored("sample.CreationWithoutAggregate")
class CreationWithoutAggregate(EnvelopedCreation):
    """Does not say which aggregate it creates, so its stream could never be read."""

    def apply(self, lift: Any) -> None: ...


def test_an_event_is_stored_under_its_declared_name_and_read_back_equal() -> None:
    lift = Lift.register(envelope(), STREAM, "140525", address=Address("新市街", 7), inspect_by=in_days(30))
    lift.inspect(envelope(), "钢丝绳磨损")
    events = lift.collect_events()
    rows = [mapper.to_stored_event(event) for event in events]
    assert [row.topic for row in rows] == ["sample.LiftRegistered", "sample.LiftInspected"]
    assert [mapper.to_domain_event(row) for row in rows] == events


def test_the_stored_bytes_hold_the_envelope_and_the_wall_clock_beside_the_data() -> None:
    lift = Lift.register(envelope("key-1"), STREAM, "140525")
    (event,) = lift.collect_events()
    state = canonical.decode(mapper.to_stored_event(event).state)
    assert state == {
        "at": AT.isoformat(),
        "actor": {"id": "u-7", "role": "station", "unit": "140525"},
        "command_key": "key-1",
        "campaign": "sample",
        "campaign_version": 1,
        "recorded": event.timestamp.isoformat().replace("+00:00", "Z"),
        "data": {"county": "140525", "address": None, "inspect_by": None},
    }


@pytest.mark.parametrize("cls", [Nameless, Heir])
def test_an_event_without_a_stored_name_of_its_own_is_refused(cls: Any) -> None:
    lift = Lift.register(envelope(), STREAM, "140525")
    fields = {"remark": "x"} if cls is Heir else {}
    with pytest.raises(ProgrammingError, match=cls.__name__):
        lift.trigger_event(cls, envelope=envelope(), **fields)
    event = cls(originator_id=STREAM, originator_version=2, timestamp=AT, envelope=envelope(), **fields)
    with pytest.raises(TypeError, match=f"{cls.__name__} has no stored name of its own"):
        mapper.to_stored_event(event)


@pytest.mark.parametrize("cls", [NamelessAggregate, SomethingElse])
def test_the_creation_of_an_aggregate_under_a_name_that_is_not_its_own_is_refused(cls: Any) -> None:
    def create() -> None:
        aggregate = begin(cls, LiftRegistered, id=STREAM, envelope=envelope(), county="140525")
        mapper.to_stored_event(aggregate.collect_events()[0])

    with pytest.raises(TypeError, match=cls.__name__):
        create()


def test_an_aggregate_that_inherits_a_stored_name_cannot_even_be_declared() -> None:
    with pytest.raises(ProgrammingError, match="HeirOfLift"):
        type("HeirOfLift", (Lift,), {})


def test_a_creation_that_names_no_aggregate_is_refused() -> None:
    aggregate = begin(Lift, CreationWithoutAggregate, id=STREAM, envelope=envelope())
    with pytest.raises(TypeError, match="aggregate_topic"):
        mapper.to_stored_event(aggregate.collect_events()[0])


def test_a_field_that_a_newer_writer_added_is_ignored_when_read() -> None:
    event = mapper.to_domain_event(stored_inspection(data={"photo": ["sha-1"]}, zone="北区"))
    assert event.remark == "fine"
    assert event.envelope == envelope()


def test_an_optional_field_that_an_older_writer_did_not_know_takes_its_default() -> None:
    row = stored_inspection()
    state = canonical.decode(row.state)
    del state["data"]["inspect_by"]
    event = mapper.to_domain_event(StoredEvent(STREAM, 2, row.topic, canonical.encode(state)))
    assert event.inspect_by is None


def test_a_missing_required_field_is_an_error_that_says_where() -> None:
    row = stored_inspection()
    state = canonical.decode(row.state)
    del state["data"]["remark"]
    with pytest.raises(MapperDeserialisationError, match=rf"sample.LiftInspected version 2 of stream {STREAM}.*remark"):
        mapper.to_domain_event(StoredEvent(STREAM, 2, row.topic, canonical.encode(state)))


@pytest.mark.parametrize("topic", ["sample.NeverHeardOf", "shared.nowhere:Event"])
def test_an_unknown_name_is_an_error_that_says_which_and_where(topic: str) -> None:
    with pytest.raises(MapperDeserialisationError, match=rf"{topic} version 2 of stream {STREAM}"):
        mapper.to_domain_event(stored_inspection(topic=topic))
