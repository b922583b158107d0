"""What was stored once is read for ever: golden streams of bytes, for every event and version that was released."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import resolve_topic

from shared.kernel.contracts import SERVICES
from shared.platform.event_store import canonical
from shared.platform.event_store.events import EnvelopedEvent, stored
from tests.golden import make, released
from tests.golden.make import NotReleasable
from tests.golden.released import MAPPER, Stream
from tests.support.json_schema import differences

RELEASED = {service: released.read_streams(service) for service in SERVICES}
EXPECTED = {service: released.read_expected(service) for service in SERVICES}
STREAMS = [
    pytest.param(service, n, id=f"{service}-{n + 1}") for service in SERVICES for n in range(len(RELEASED[service]))
]


def topic(cls: type) -> str:
    return str(vars(cls)["TOPIC"])


# --- what lies in the folder ---


@pytest.mark.parametrize(("service", "n"), STREAMS)
def test_a_released_stream_is_read_and_makes_the_aggregate_that_it_always_made(service: str, n: int) -> None:
    released.events_of(service)
    assert released.what_it_made(RELEASED[service][n]) == EXPECTED[service][n]


@pytest.mark.parametrize(("service", "n"), STREAMS)
def test_nothing_that_was_stored_is_lost_by_reading_it(service: str, n: int) -> None:
    released.events_of(service)
    for one in RELEASED[service][n]:
        cls: Any = resolve_topic(one.topic)
        was = canonical.decode(one.state)
        now = canonical.decode(MAPPER.to_stored_event(MAPPER.to_domain_event(one)).state)
        if was.get("v", 1) == cls.class_version:
            assert now == {**now, **was, "data": now["data"]}
            assert lost(was["data"], now["data"]) == []


def lost(was: Any, now: Any, where: str = "") -> list[str]:
    """The places of what was stored that reads otherwise now. A value, too, may have something more."""
    if isinstance(was, dict) and isinstance(now, dict):
        gone = [f"{where}/{name}" for name in sorted(was.keys() - now.keys())]
        return gone + [
            line for name in sorted(was.keys() & now.keys()) for line in lost(was[name], now[name], f"{where}/{name}")
        ]
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [
            line
            for n, (one, other) in enumerate(zip(was, now, strict=True))
            for line in lost(one, other, f"{where}/{n}")
        ]
    return [] if was == now else [where]


def test_a_value_that_has_something_more_has_lost_nothing_and_one_that_reads_otherwise_has() -> None:
    stored = {"result": {"text": "x", "lines": [{"n": 1}]}}
    assert lost(stored, {"result": {"text": "x", "lines": [{"n": 1, "m": None}], "more": 2}, "new": None}) == []
    assert lost(stored, {"result": {"text": "y", "lines": [{"m": 1}]}}) == ["/result/lines/0/n", "/result/text"]
    assert lost(stored, {"result": {"text": "x", "lines": []}}) == ["/result/lines"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_has_a_released_stream_of_its_version(service: str) -> None:
    """Where this fails, `python -m tests.golden.make` adds what is missing."""
    events = released.events_of(service)
    assert events
    assert make.wanting(events, RELEASED[service]) == set()
    assert len(RELEASED[service]) == len(EXPECTED[service])


@pytest.mark.parametrize("service", SERVICES)
def test_every_name_and_version_that_was_ever_stored_has_a_class_that_reads_it(service: str) -> None:
    versions = {topic(cls): cls.class_version for cls in released.events_of(service)}
    for name, by_version in released.read_shapes(service).items():
        assert name in versions, f"{name} is in databases: keep its class, even if nothing writes it any more"
        assert sorted(map(int, by_version)) == list(range(1, versions[name] + 1))
        missing = {(name, int(version)) for version in by_version}
        assert missing <= {one for stream in RELEASED[service] for one in released.written_in(stream)}


@pytest.mark.parametrize("service", SERVICES)
def test_no_released_event_has_changed_without_a_new_version(service: str) -> None:
    """Where this fails with `differences`, the change needs a version and an upcaster; where an optional field is new,
    `python -m tests.golden.make` releases it."""
    shapes = released.read_shapes(service)
    for cls in released.events_of(service):
        editions, now = shapes[topic(cls)][str(cls.class_version)], released.shape(cls)
        wrong = [line for old in editions for line in differences(old, now, values_may_be_added=True)]
        assert not wrong, f"{topic(cls)}: {wrong}"
        assert editions[-1] == now, f"{topic(cls)} has something more: release it"


# --- how things get there ---

NUMBER = count(1)
OPTIONAL = (str | None, None)


@stored("golden.TankFilled")
class TankFilled(EnvelopedEvent):
    litres: int
    grade: str | None = None


def edition(version: int = 1, **data: Any) -> Any:
    """TankFilled as another release declares it: a field is a type, or (type, default)."""
    types = {name: given[0] if isinstance(given, tuple) else given for name, given in data.items()}
    defaults = {name: given[1] for name, given in data.items() if isinstance(given, tuple)}
    upcasters = {f"upcast_v{n}_v{n + 1}": staticmethod(lambda state: None) for n in range(1, version)}
    members = {"__annotations__": types, "__module__": __name__, "class_version": version, **defaults, **upcasters}
    cls: Any = stored(f"golden.Edition{next(NUMBER)}")(type("TankFilled", (EnvelopedEvent,), members))
    cls.TOPIC = "golden.TankFilled"
    return cls


def stream_of(*names: tuple[str, int]) -> Stream:
    return [
        StoredEvent(UUID(int=7), n, name, canonical.encode({"data": {}} if v == 1 else {"data": {}, "v": v}))
        for n, (name, v) in enumerate(names, 1)
    ]


def test_a_stream_comes_back_from_its_lines_byte_for_byte() -> None:
    for service in SERVICES:
        path = released.HERE / "streams" / f"{service}.jsonl"
        assert "".join(line for one in RELEASED[service] for line in released.as_lines(one)) == path.read_text()


def test_an_event_that_was_never_released_is_wanting_and_so_is_a_new_version_of_one_that_was() -> None:
    second = edition(version=2, litres=int)
    there = [stream_of(("golden.TankFilled", 1))]
    assert make.wanting((TankFilled,), []) == {("golden.TankFilled", 1)}
    assert make.wanting((TankFilled,), there) == set()
    assert make.wanting((second,), there) == {("golden.TankFilled", 2)}


def test_only_streams_with_something_missing_are_added_and_what_never_happens_is_named() -> None:
    a, b, c = stream_of(("x.A", 1)), stream_of(("x.A", 1), ("x.B", 1)), stream_of(("x.B", 1), ("x.A", 2))
    assert make.chosen({("x.B", 1)}, [a, b, c]) == [b]
    assert make.chosen({("x.A", 1), ("x.A", 2)}, [a, b, c]) == [a, c]
    with pytest.raises(NotReleasable, match=r"x\.Never"):
        make.chosen({("x.A", 1), ("x.Never", 1)}, [a, b, c])


def test_a_field_with_a_default_makes_an_edition_and_what_was_released_stays() -> None:
    first = make.with_editions({}, (TankFilled,))
    more = edition(litres=int, grade=OPTIONAL, place=(str, ""))
    second = make.with_editions(first, (more,))
    assert make.with_editions(second, (more,)) == second
    (before,), (kept, after) = first["golden.TankFilled"]["1"], second["golden.TankFilled"]["1"]
    assert kept == before
    assert after["properties"].keys() - before["properties"].keys() == {"place"}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"litres": int}, "/grade is gone"),
        ({"volume": int, "grade": OPTIONAL}, "/litres is gone"),
        ({"litres": str, "grade": OPTIONAL}, "/litres: type was 'int', is 'str'"),
        ({"litres": datetime, "grade": OPTIONAL}, "/litres: type was 'int', is 'datetime'"),
        ({"litres": int, "place": str, "grade": OPTIONAL}, "/place is new and required"),
        ({"litres": int, "grade": (str | None, "92")}, "/grade: default was None, is '92'"),
    ],
    ids=[
        "removed",
        "renamed",
        "retyped",
        "retyped to an instant",
        "new without default",
        "another default",
    ],
)
def test_any_other_change_is_refused_and_told_to_be_a_version(declared: dict[str, Any], said: str) -> None:
    first = make.with_editions({}, (TankFilled,))
    with pytest.raises(NotReleasable, match=r"golden\.TankFilled needs version 2 and an upcaster") as refused:
        make.with_editions(first, (edition(**declared),))
    assert said in str(refused.value)
