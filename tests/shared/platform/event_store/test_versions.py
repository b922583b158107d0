"""An event that has become another one: old bytes are read, new bytes say so, nothing is guessed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from shared.platform.event_store import canonical
from shared.platform.event_store.events import EnvelopedEvent, stored, stored_events
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from tests.support.sample import AT, LiftInspected, LiftRegistered, LiftScrapped, envelope

STREAM = UUID(int=7)
mapper = EventMapper(CanonicalTranscoder())


@stored("versions.HoistInspected")
class HoistInspected(EnvelopedEvent):
    """Version 1 was one remark; version 2 several; version 3 says of each whether it is grave."""

    class_version = 3
    remarks: dict[str, bool]
    inspector: str | None = None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["remarks"] = [state.pop("remark")]

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["remarks"] = dict.fromkeys(state["remarks"], False)

    def apply(self, lift: Any) -> None: ...


class Repaired(EnvelopedEvent):
    """A base of several events that has become another one."""

    class_version = 2
    parts: tuple[str, ...]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["parts"] = [state.pop("part")]

    def apply(self, lift: Any) -> None: ...


@stored("versions.CableRepaired")
class CableRepaired(Repaired): ...


def stored_as(version: int | None, data: dict[str, Any], topic: str = "versions.HoistInspected") -> StoredEvent:
    state: dict[str, Any] = {**msgspec.to_builtins(envelope()), "recorded": AT, "data": data}
    return StoredEvent(STREAM, 2, topic, canonical.encode(state if version is None else {**state, "v": version}))


def happened(kind: Any, **data: Any) -> Any:
    """An event of this class."""
    return kind(originator_id=STREAM, originator_version=2, timestamp=AT, envelope=envelope(), **data)


def declare(name: str, **members: Any) -> None:
    """Declare an event class as a module would."""
    stored(f"versions.{name}")(type(name, (EnvelopedEvent,), {"__module__": __name__, **members}))


def nothing(state: dict[str, Any]) -> None:
    """An upcaster that leaves all as it is."""


# --- reading ---


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (None, {"remark": "worn"}),
        (2, {"remarks": ["worn"]}),
        (3, {"remarks": {"worn": False}, "inspector": None}),
    ],
)
def test_bytes_of_every_version_are_read_as_the_event_of_today(version: int | None, data: dict[str, Any]) -> None:
    event = mapper.to_domain_event(stored_as(version, data))
    assert (event.remarks, event.inspector) == ({"worn": False}, None)
    assert event.envelope == envelope()
    assert (event.originator_id, event.originator_version, event.timestamp) == (STREAM, 2, AT)


def test_an_upcaster_sees_the_data_and_nothing_else() -> None:
    seen: list[dict[str, Any]] = []

    def upcast(state: dict[str, Any]) -> None:
        seen.append(dict(state))

    declare("Seen", class_version=2, upcast_v1_v2=staticmethod(upcast))
    mapper.to_domain_event(stored_as(None, {"remark": "fine", "at": "in the data"}, "versions.Seen"))
    assert seen == [{"remark": "fine", "at": "in the data"}]


def test_the_events_of_a_common_base_are_all_of_its_version() -> None:
    event = mapper.to_domain_event(stored_as(None, {"part": "cable"}, "versions.CableRepaired"))
    assert event.parts == ("cable",)
    assert canonical.decode(mapper.to_stored_event(event).state)["v"] == 2


def test_what_a_newer_release_has_stored_is_refused_and_the_error_says_what_to_do() -> None:
    with pytest.raises(MapperDeserialisationError, match=r"version 4 by a newer release.*up to version 3: update this"):
        mapper.to_domain_event(stored_as(4, {"remarks": {}}))


def test_a_version_that_is_newer_than_a_class_that_never_had_one_is_refused_too() -> None:
    with pytest.raises(MapperDeserialisationError, match=rf"sample.LiftScrapped .*{STREAM}.* version 2 by a newer"):
        mapper.to_domain_event(stored_as(2, {}, "sample.LiftScrapped"))


def test_data_that_an_upcaster_cannot_read_are_an_error_that_says_where() -> None:
    with pytest.raises(MapperDeserialisationError, match=rf"versions.HoistInspected version 2 of stream {STREAM}"):
        mapper.to_domain_event(stored_as(None, {"note": "not what version 1 had"}))


# --- writing ---


def test_an_event_of_a_later_version_says_so_in_canonical_bytes_and_is_read_back_equal() -> None:
    event = happened(HoistInspected, remarks={"worn": True})
    row = mapper.to_stored_event(event)
    assert canonical.decode(row.state)["v"] == 3
    assert row.state == canonical.encode(canonical.decode(row.state))
    assert mapper.to_domain_event(row) == event


def test_an_event_of_version_1_has_the_bytes_that_it_always_had() -> None:
    event = happened(LiftInspected, remark="fine")
    assert mapper.to_stored_event(event).state == (
        b'{"actor":{"id":"u-7","role":"station","unit":"140525"},"at":"2022-01-21T17:31:00+08:00",'
        b'"campaign":"sample","campaign_version":1,"command_key":"k","data":{"inspect_by":null,"remark":"fine"},'
        b'"recorded":"2022-01-21T17:31:00+08:00"}'
    )


# --- declaring ---


@pytest.mark.parametrize(
    ("version", "upcasters", "named"),
    [
        (2, (), "upcast_v1_v2"),
        (3, ("upcast_v1_v2",), "upcast_v2_v3"),
        (3, ("upcast_v2_v3",), "upcast_v1_v2"),
        (3, ("upcast_v1_v3",), "upcast_v1_v2"),
        (1, ("upcast_v1_v2",), "upcast_v1_v2"),
    ],
    ids=["none", "the last is missing", "the first is missing", "two at a time", "without a version"],
)
def test_upcasters_that_do_not_lead_to_the_version_are_refused_when_the_class_is_declared(
    version: int, upcasters: tuple[str, ...], named: str
) -> None:
    with pytest.raises(TypeError, match=named):
        declare(f"Gap{version}{''.join(upcasters)}", class_version=version, **dict.fromkeys(upcasters, nothing))


def test_a_version_that_would_be_a_field_of_each_event_is_refused() -> None:
    with pytest.raises(TypeError, match="default"):
        declare("Annotated", class_version=1, __annotations__={"class_version": int})


def test_the_events_of_a_service_are_known_in_the_order_of_their_declaration_and_aggregates_are_none() -> None:
    assert stored_events("sample")[:3] == (LiftRegistered, LiftInspected, LiftScrapped)
    assert all(issubclass(cls, EnvelopedEvent) for cls in stored_events("sample"))
    assert stored_events("versions")[:2] == (HoistInspected, CableRepaired)
    assert stored_events("version") == ()
