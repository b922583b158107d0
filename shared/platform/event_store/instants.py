"""Instants as readers get them from PostgreSQL, also those that Python's calendar does not have.

A timestamptz reaches from 4713 BC to 294276 AD, a datetime from year 1 to 9999. An instant beyond the one that was let
in once would otherwise break every list that its row is in. It is read as the first or the last one that any zone can
show: a date that nobody takes for a true one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection, DataError, adapters
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

FIRST, LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_TYPE = "timestamptz"


class InReach(Loader):
    """The ordinary loader, which is in C, and what it refuses."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        ordinary = adapters.get_loader(oid, Format.TEXT)
        assert ordinary is not None
        self._ordinary = ordinary(oid, context)

    def load(self, data: Buffer) -> Any:
        try:
            return self._ordinary.load(data)
        except DataError:
            written = bytes(data)
            return FIRST if written.endswith(b"BC") or written.startswith((b"-", b"0001")) else LAST


async def read_every_instant(connection: AsyncConnection[Any]) -> None:
    """Let this connection read any timestamptz."""
    connection.adapters.register_loader(_TYPE, InReach)
