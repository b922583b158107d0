"""How often one address may look up receipts that do not exist: a token bucket per address, in memory.

Only a miss costs a token, so that a village behind one address can follow its tips while nobody can go on guessing;
with no token left, every look-up of that address is refused before any work, hit or miss. Addresses are not kept: a
bucket's name is an HMAC of the address under the pepper and the day, so yesterday's cannot be told from today's.
Limits: each process counts for itself; a restart forgets; buckets beyond CAPACITY are forgotten, oldest first.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

BURST = 20.0
PER_SECOND = 0.2
CAPACITY = 50_000


class TooManyMisses(Exception):
    """The address has no token left; `wait` is in whole seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many misses: wait {wait} s")
        self.wait = wait


class MissLimiter:
    """Buckets by address. Runs on the wall clock: it guards against machines, not campaigns."""

    def __init__(self, pepper: bytes, wall: Callable[[], float] = time.time) -> None:
        self._pepper = pepper
        self._wall = wall
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise TooManyMisses if the address has used up its misses."""
        tokens = self._tokens(self._name(address))
        if tokens < 1:
            raise TooManyMisses(math.ceil((1 - tokens) / PER_SECOND))

    def missed(self, address: str) -> None:
        """Take a token for a look-up that found nothing."""
        name = self._name(address)
        self._buckets[name] = (max(0.0, self._tokens(name) - 1), self._wall())
        self._buckets.move_to_end(name)
        while len(self._buckets) > CAPACITY:
            self._buckets.popitem(last=False)

    def _tokens(self, name: bytes) -> float:
        tokens, since = self._buckets.get(name, (BURST, self._wall()))
        return min(BURST, tokens + max(0.0, self._wall() - since) * PER_SECOND)

    def _name(self, address: str) -> bytes:
        day = datetime.fromtimestamp(self._wall(), UTC).date().isoformat()
        return hmac.digest(self._pepper, f"{day}\0{address}".encode(), hashlib.sha256)[:16]
