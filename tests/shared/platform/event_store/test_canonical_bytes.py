"""What an event is, byte for byte: RFC 8785 within our subset, and nothing outside it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.event_store import canonical
from shared.platform.event_store.canonical import LARGEST_INTEGER, NotCanonical
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from tests.support.sample import Address, Lift, envelope

# RFC 8785, section 3.2.2.2 (strings) and 3.2.3 (sorting), with the numbers and keys that the subset leaves out removed.
VECTORS = [
    (
        {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]},
        '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ),
    ({"\r": "Carriage Return", "1": "One", "</script>": "x"}, '{"\\r":"Carriage Return","1":"One","</script>":"x"}'),
    (["\b\t\n\f\r\x00\x1f\x7f\u2028"], '["\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"]'),
    ({"b": {"z": 1, "a": []}, "a": {}, "B": 0, "_": -1}, '{"B":0,"_":-1,"a":{},"b":{"a":[],"z":1}}'),
    ([0, -0, 9007199254740991, -9007199254740991], "[0,0,9007199254740991,-9007199254740991]"),
    ("电梯😂", '"电梯😂"'),
]


@dataclass(frozen=True)
class Measured:
    value: Any


class Reading(msgspec.Struct):
    value: Any


@pytest.mark.parametrize(("value", "text"), VECTORS)
def test_a_value_has_the_bytes_of_the_rfc(value: Any, text: str) -> None:
    assert canonical.encode(value) == text.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        0.0,
        float("nan"),
        float("inf"),
        [1, [2.0]],
        {"a": {"b": 3.5}},
        LARGEST_INTEGER + 1,
        -LARGEST_INTEGER - 1,
        2**70,
        {"n": 2**63},
        {"电梯": 1},
        {"a": {"é": 1}},
        {1: "one"},
        object(),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: value,
        Measured,
        lambda value: [Measured({"deep": Measured(value)})],
        lambda value: OrderedDict(x=value),
        lambda value: defaultdict(list, x=[value]),
        Reading,
    ],
    ids=["bare", "in a dataclass", "in nested dataclasses", "in an ordered dict", "in a defaultdict", "in a struct"],
)
def test_what_has_no_canonical_form_is_refused_wherever_it_hides(value: Any, wrap: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical.encode(wrap(value))
    with pytest.raises(NotCanonical):
        canonical.check(wrap(value))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(NotCanonical):
        canonical.encode({"text": "\ud800"})
    with pytest.raises(NotCanonical):
        canonical.encode_checked({"text": "\ud800"})


@pytest.mark.parametrize(
    "value",
    [
        Address("新市街", 7),
        UUID(int=7),
        date(2022, 1, 21),
        datetime(2022, 1, 21, 17, 31, tzinfo=ZoneInfo("Asia/Shanghai")),
        ("a", 1, None, True),
        [Measured(Measured(()))],
        Decimal("1.50"),
    ],
    ids=repr,
)
def test_the_plain_types_of_events_are_accepted(value: Any) -> None:
    canonical.check(value)
    assert canonical.encode(canonical.decode(canonical.encode(value))) == canonical.encode(value)


def test_an_event_with_a_float_inside_a_dataclass_is_refused_before_it_is_stored() -> None:
    lift = Lift.register(envelope(), UUID(int=1), "140525", address=Address("新市街", 7.5))  # type: ignore[arg-type]
    (event,) = lift.collect_events()
    with pytest.raises(NotCanonical, match="numerator"):
        EventMapper(CanonicalTranscoder()).to_stored_event(event)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=20,
)


def by_the_rfc(value: Any) -> str:
    """RFC 8785, written down naively, for ASCII keys and integers."""
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case int():
            return str(value)
        case str():
            return '"' + "".join(short.get(c, f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
        case list():
            return "[" + ",".join(map(by_the_rfc, value)) + "]"
        case _:
            return "{" + ",".join(f"{by_the_rfc(key)}:{by_the_rfc(value[key])}" for key in sorted(value)) + "}"


@given(plain)
def test_any_value_of_the_subset_has_the_bytes_of_the_rfc_and_comes_back(value: Any) -> None:
    encoded = canonical.encode(value)
    assert encoded == by_the_rfc(value).encode()
    assert canonical.decode(encoded) == value
    assert canonical.encode(canonical.decode(encoded)) == encoded


def test_the_identity_of_an_event_covers_its_stream_version_and_type_besides_its_bytes() -> None:
    stream, state = UUID(int=7), b'{"data":{}}'
    identity = canonical.event_sha256(stream, 3, "sample.LiftInspected", state)
    others = [
        canonical.event_sha256(UUID(int=8), 3, "sample.LiftInspected", state),
        canonical.event_sha256(stream, 4, "sample.LiftInspected", state),
        canonical.event_sha256(stream, 3, "sample.LiftScrapped", state),
        canonical.event_sha256(stream, 3, "sample.LiftInspected", b'{"data":{} }'),
    ]
    assert len({identity, *others}) == 5


def test_the_identity_of_an_event_is_the_hash_that_an_auditor_computes() -> None:
    """assurance.md: SHA-256 of the canonical `{v, stream, version, type, state_sha256}`."""
    state = b'{"data":{}}'
    text = (
        f'{{"state_sha256":"{hashlib.sha256(state).hexdigest()}","stream":"00000000-0000-0000-0000-000000000007",'
        '"type":"sample.LiftScrapped","v":1,"version":3}'
    )
    identity = canonical.event_sha256(UUID(int=7), 3, "sample.LiftScrapped", state)
    assert identity == hashlib.sha256(text.encode()).digest()
