"""How often a password may be guessed: token buckets by account *and* address, by address, and by account.

Five failures of an address with an account, then one a minute: who guesses from one place does not keep the owner out
who comes from another. An address that tries many accounts is slowed down at sixty, an account that is tried from many
addresses at a hundred: only then does its owner have to wait too. What was typed as a name is counted whether there is
such an account or not, by the same statements. A token is taken before the password is looked at, so that guesses sent
together do not pass together, and given back when it was right.

Addresses are not kept: a bucket's name is an HMAC under the pepper and the day. An IPv6 address counts as its /64.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Any

from psycopg import AsyncConnection, Rollback

PER_MINUTE = 1 / 60
LIMITS = {"pair": (5.0, PER_MINUTE), "address": (60.0, 2 * PER_MINUTE), "account": (100.0, 10 * PER_MINUTE)}
"""Attempts at once, and how many come back a second. In the order in which they are taken: what one address has used up
costs the account nothing."""
FULL_AFTER = "1 hour"
"""When every bucket has filled up again."""
_LEFT = "least(%(burst)s, a.tokens + greatest(0, extract(epoch FROM now() - a.since)) * %(rate)s)"
_TAKE = f"""
INSERT INTO attempts AS a (bucket, kind, name_mark, tokens, since)
VALUES (%(bucket)s, %(kind)s, %(name_mark)s, %(burst)s - 1, now())
ON CONFLICT (bucket) DO UPDATE SET tokens = {_LEFT} - 1, since = now() WHERE {_LEFT} >= 1
RETURNING tokens"""  # noqa: S608 – constants
_GIVE_BACK = f"""
UPDATE attempts AS a SET tokens = least(%(burst)s, {_LEFT} + %(given)s), since = now()
WHERE bucket = %(bucket)s"""  # noqa: S608 – constants


class Attempts:
    """Buckets in the access database, by the wall clock."""

    def __init__(self, pepper: bytes, wall: Callable[[], float] = time.time) -> None:
        self._pepper = pepper
        self._wall = wall

    async def take(self, connection: AsyncConnection[Any], name: str, address: str) -> float | None:
        """Take an attempt: how many are left of this account at this address; None, and nothing is taken, where there
        is none. Inside a transaction of the caller, which is rolled back in part."""
        least: float | None = None
        async with connection.transaction() as savepoint:
            for values in self._buckets(name, address):
                row = await (await connection.execute(_TAKE, values)).fetchone()
                if row is None:
                    least = None
                    raise Rollback(savepoint)
                least = row[0] if least is None else least
            await connection.execute(f"DELETE FROM attempts WHERE since < now() - interval '{FULL_AFTER}'")  # noqa: S608
        return least

    async def forgive(self, connection: AsyncConnection[Any], name: str, address: str) -> None:
        """The password was right: the pair begins anew, the others get their attempt back."""
        for values in self._buckets(name, address):
            given = values["burst"] if values["kind"] == "pair" else 1.0
            await connection.execute(_GIVE_BACK, values | {"given": given})

    def _buckets(self, name: str, address: str) -> list[dict[str, Any]]:
        day = datetime.fromtimestamp(self._wall(), UTC).date().isoformat()
        place = network_of(address)
        parts = {"pair": f"{name}\0{place}", "address": place, "account": name}
        return [
            {
                "kind": kind,
                "bucket": hmac.digest(self._pepper, f"{day}\0{kind}\0{parts[kind]}".encode(), hashlib.sha256)[:16],
                "name_mark": name_mark(self._pepper, "" if kind == "address" else name),
                "burst": burst,
                "rate": rate,
            }
            for kind, (burst, rate) in LIMITS.items()
        ]


def name_mark(pepper: bytes, name: str) -> bytes:
    """Under what the buckets of an account are found again."""
    return hmac.digest(pepper, f"name\0{name}".encode(), hashlib.sha256)[:16]


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, the /64 of an IPv6 one, else what was given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{int(found) >> 64:x}/64"
    return str(found)
