"""Chance that is the same for the same seed: a draw hashes (seed, subject, step), never an identifier or a clock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draw:
    """The chances of one performance."""

    seed: str

    def number(self, subject: str, step: str) -> float:
        """A number from 0 (included) to 1."""
        digest = hashlib.sha256(f"{self.seed}\n{subject}\n{step}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def happens(self, chance: float, subject: str, step: str) -> bool:
        """True in `chance` of all cases."""
        return self.number(subject, step) < chance

    def between(self, least: int, most: int, subject: str, step: str) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + int(self.number(subject, step) * (most - least + 1))

    def one_of(self, items: Sequence[T], subject: str, step: str) -> T:
        """One of the items."""
        return items[int(self.number(subject, step) * len(items))]
