"""Whether two editions of a schema are readable by each other's readers: the rule, and that it is true."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import NODEFAULT, Meta, Struct, defstruct

from tests.support.json_schema import Schema, differences, inlined


def edition(*fields: Any) -> Schema:
    return inlined(msgspec.json.schema(defstruct("Edition", [("case", str), *fields], kw_only=True)))


def inner(*fields: Any) -> Any:
    return defstruct("Inner", [("at", str), *fields], kw_only=True)


SAME = [
    ("nothing", [("n", int)], [("n", int)]),
    ("a text for people", [("n", int)], [("n", Annotated[int, Meta(description="How many.", title="N")])]),
    ("another order", [("n", int), ("m", str)], [("m", str), ("n", int)]),
    ("an optional field", [], [("n", int | None, None)]),
    ("an optional field inside", [("x", inner())], [("x", inner(("n", int, 0)))]),
    ("an optional field inside a list", [("x", tuple[inner(), ...])], [("x", tuple[inner(("n", int, 0)), ...])]),  # type: ignore[misc]
    ("a value that is a schema's word", [("properties", int)], [("properties", int), ("required", str, "")]),
]
DIFFERENT = [
    ("a required field", [], [("n", int)], "/n is new and required"),
    ("a field less", [("n", int)], [], "/n is gone"),
    ("an optional field less", [("n", int, 0)], [], "/n is gone"),
    ("another type", [("n", int)], [("n", str)], "/n: type was 'integer', is 'string'"),
    ("none allowed", [("n", int)], [("n", int | None)], "/n: anyOf was None"),
    ("optional now", [("n", int)], [("n", int, 0)], "/n is required in one edition"),
    ("required now", [("n", int, 0)], [("n", int)], "/n is required in one edition"),
    ("another default", [("n", int, 0)], [("n", int, 1)], "/n: default was 0, is 1"),
    ("a value more", [("n", Literal["a"])], [("n", Literal["a", "b"])], "/n: enum was ['a'], is ['a', 'b']"),
    ("a value less", [("n", Literal["a", "b"])], [("n", Literal["a"])], "/n: enum was ['a', 'b'], is ['a']"),
    ("a narrower number", [("n", int)], [("n", Annotated[int, Meta(ge=1)])], "/n: minimum was None, is 1"),
    ("a pattern", [("n", str)], [("n", Annotated[str, Meta(pattern="^a$")])], "/n: pattern was None"),
    ("another format", [("n", str)], [("n", Annotated[datetime, Meta(tz=True)])], "/n: format was None"),
    ("deep inside", [("n", dict[str, tuple[inner(), ...]])], [("n", dict[str, tuple[inner(("n", int)), ...]])],  # type: ignore[misc]
     "/n/additionalProperties/items/n is new and required"),
    ("one of several", [("n", inner() | None)], [("n", inner(("n", int)) | None)], "/n is new and required"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [one[1:] for one in SAME], ids=[one[0] for one in SAME])
def test_what_may_differ_between_two_editions(old: list[Any], new: list[Any]) -> None:
    assert list(differences(edition(*old), edition(*new))) == []


@pytest.mark.parametrize(("old", "new", "said"), [one[1:] for one in DIFFERENT], ids=[one[0] for one in DIFFERENT])
def test_anything_else_is_named_with_its_place(old: list[Any], new: list[Any], said: str) -> None:
    assert any(said in line for line in differences(edition(*old), edition(*new)))


def test_values_may_be_added_where_only_the_later_reader_matters_but_not_taken_away() -> None:
    less, more = edition(("n", Literal["a"])), edition(("n", Literal["a", "b"]))
    assert list(differences(less, more, values_may_be_added=True)) == []
    assert list(differences(more, less, values_may_be_added=True)) == ["/n: enum was ['a', 'b'], is ['a']"]


# --- the rule is true: what it lets through, either reader can read ---

KINDS: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (int, st.integers(-9, 9)),
    (str, st.text(max_size=3)),
    (bool, st.booleans()),
    (int | None, st.none() | st.integers(-9, 9)),
    (Literal["a", "b"], st.sampled_from("ab")),
    (Literal["a", "b", "c"], st.sampled_from("abc")),
    (Annotated[int, Meta(ge=0)], st.integers(0, 9)),
    (Annotated[datetime, Meta(tz=True)], st.datetimes(timezones=st.just(UTC))),
    (tuple[int, ...], st.lists(st.integers(-9, 9), max_size=2).map(tuple)),
    (tuple[str, ...], st.lists(st.text(max_size=2), max_size=2).map(tuple)),
)
Fields = dict[str, tuple[int, bool]]
"""Name → which of KINDS, and whether it is optional."""
any_field = st.tuples(st.integers(0, len(KINDS) - 1), st.booleans())


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Fields, Fields]:
    """Two editions of which the second has mostly grown out of the first."""
    old = draw(st.dictionaries(st.sampled_from("abcd"), any_field, min_size=1))
    new = dict(old)
    for name in draw(st.lists(st.sampled_from("abcdef"), max_size=2, unique=True)):
        if name in new and draw(st.booleans()):
            del new[name]
        else:
            new[name] = draw(any_field)
    return old, new


def struct_of(fields: Fields) -> type[Struct]:
    """The struct; an optional field begins with None, whatever its type."""
    declared = [(name, KINDS[kind][0], None if optional else NODEFAULT) for name, (kind, optional) in fields.items()]
    return defstruct("Edition", declared, kw_only=True)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pairs(), st.data())
def test_whatever_one_edition_writes_the_other_reads_where_no_difference_is_named(
    editions: tuple[Fields, Fields], data: st.DataObject
) -> None:
    old, new = map(struct_of, editions)
    if list(differences(*(inlined(msgspec.json.schema(one)) for one in (old, new)))):
        return
    for fields, reader in ((editions[0], new), (editions[1], old)):
        written = {
            name: data.draw(KINDS[kind][1])
            for name, (kind, optional) in fields.items()
            if not (optional and data.draw(st.booleans()))
        }
        read = msgspec.json.decode(msgspec.json.encode(written), type=reader)
        assert {name: getattr(read, name, value) for name, value in written.items()} == written


@settings(max_examples=100, deadline=None, derandomize=True)
@given(pairs())
def test_growing_is_allowed_and_shrinking_is_not(editions: tuple[Fields, Fields]) -> None:
    old = editions[0]
    more = {**old, "z": (0, True)}
    small, large = (inlined(msgspec.json.schema(struct_of(one))) for one in (old, more))
    assert list(differences(small, large)) == []
    assert list(differences(large, small)) == ["/z is gone"]
