"""Plain values to typed ones, also when several threads meet a type for the first time.

msgspec learns a dataclass or struct at its first use and keeps what it learnt on the class. Two threads that learn one
class at the same time crash the interpreter (seen with msgspec 0.22: a segmentation fault when eight threads read
their first event), so the first use of every type stands under one lock.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")
_learning = threading.Lock()
_learnt: set[Any] = set()


def convert(value: Any, type_: type[_T]) -> _T:
    """`value` (plain JSON values) as `type_`. Raises msgspec.ValidationError where it does not fit."""
    if type_ not in _learnt:
        _learn(type_)
    return msgspec.convert(value, type_)


def decode(encoded: bytes | str, type_: type[_T]) -> _T:
    """JSON as `type_`. Raises msgspec.DecodeError or msgspec.ValidationError."""
    if type_ not in _learnt:
        _learn(type_)
    return msgspec.json.decode(encoded, type=type_)


def _learn(type_: Any) -> None:
    with _learning:
        msgspec.json.Decoder(type_)
        _learnt.add(type_)
