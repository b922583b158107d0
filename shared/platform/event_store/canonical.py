"""Canonical JSON: the bytes that an event is, once and for ever.

A subset of RFC 8785 (JSON Canonicalization Scheme): object keys are ASCII and sorted, no insignificant white space,
strings in UTF-8 with the shortest escapes, integers below 2^53, no floating-point numbers. Within this subset
msgspec's sorted encoder yields exactly the bytes of RFC 8785; `tests/shared/platform/event_store` holds it to that.

The stored bytes hold neither the event's type nor its place in a stream, so the identity of an event for the ledger
is :func:`event_sha256`, which covers both.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

LARGEST_INTEGER = 2**53 - 1
_PLAIN: set[type] = {str, bool, type(None), datetime, date, UUID}  # whatever their value, they have a canonical form
_encoder = msgspec.json.Encoder(order="sorted")


class NotCanonical(ValueError):
    """A value has no canonical form: use integers (fen, numerator and denominator), ASCII keys and plain types."""


def encode(value: Any) -> bytes:
    """Canonical bytes of `value` (dicts, lists, tuples, str, int, bool, None, datetime, date, UUID, dataclasses).

    Raises NotCanonical for floats, integers beyond 2^53 - 1, keys that are not ASCII, text that is not Unicode (a lone
    surrogate) and unknown types.
    """
    check(value)
    return encode_checked(value)


def encode_checked(value: Any) -> bytes:
    """As `encode`, for a value that went through `check` already: the path of every command."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise NotCanonical(str(error)) from error


def decode(encoded: bytes) -> Any:
    """The plain JSON value of canonical bytes."""
    return msgspec.json.decode(encoded)


def check(value: Any) -> None:
    """Raise NotCanonical if `value` holds what canonical JSON cannot (text is left to the encoder).

    Every command passes here, so values of plain types are recognised without a call.
    """
    kind: type = type(value)
    if kind in _PLAIN:
        return
    if kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise NotCanonical(f"{value} is beyond 2^53 - 1: store it as a string")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"key {key!r} is not an ASCII string")
            if type(item) not in _PLAIN:
                check(item)
    elif kind is list or kind is tuple:
        for item in value:
            if type(item) not in _PLAIN:
                check(item)
    elif kind is float:
        raise NotCanonical(f"{value!r} is a floating-point number: store an integer, or numerator and denominator")
    elif isinstance(value, msgspec.Struct) or is_dataclass(value):
        for name in _doubtful_fields(kind):
            item = getattr(value, name)
            if type(item) not in _PLAIN:
                check(item)
    else:  # a subclass of a plain type, an enumeration, a struct: what it will be written as decides
        try:
            plain = msgspec.to_builtins(value)
        except TypeError as error:
            raise NotCanonical(str(error)) from error
        check(plain)


@cache
def _doubtful_fields(cls: Any) -> tuple[str, ...]:
    """The fields of a value that its annotations do not already make plain: a due date holds twenty plain days."""
    names = [field.name for field in (fields(cls) if is_dataclass(cls) else msgspec.structs.fields(cls))]
    hints = get_type_hints(cls)
    doubtful = tuple(name for name in names if not all(map(_is_plain, _alternatives(hints[name]))))
    if not doubtful:
        _PLAIN.add(cls)
    return doubtful


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """What a value of this annotation may be, or hold where it is a tuple of any length."""
    if isinstance(hint, UnionType):
        return tuple(one for part in get_args(hint) for one in _alternatives(part))
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return _alternatives(get_args(hint)[0])
    return (hint,)


def _is_plain(cls: Any) -> bool:
    if isinstance(cls, type) and (issubclass(cls, msgspec.Struct) or is_dataclass(cls)):
        _doubtful_fields(cls)
    return cls in _PLAIN


def event_sha256(stream: UUID, version: int, type_: str, state: bytes) -> bytes:
    """SHA-256 (32 bytes) of the canonical `{v, stream, version, type, state_sha256}` of one stored event."""
    identity = {
        "v": 1,
        "stream": str(stream),
        "version": version,
        "type": type_,
        "state_sha256": hashlib.sha256(state).hexdigest(),
    }
    return hashlib.sha256(_encoder.encode(identity)).digest()
