"""Identifiers: UUIDv7 (RFC 9562), so that keys made together lie together in an index."""

from __future__ import annotations

import uuid
from functools import lru_cache
from zlib import crc32

import uuid_utils

PARTITIONS = 16


def new_id() -> uuid.UUID:
    """A new UUIDv7."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


@lru_cache(maxsize=1 << 14)
def parse_id(text: str) -> uuid.UUID | None:
    """The identifier written in `text`, or None where it is none: an unknown thing, not an error of the caller."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def partition(key: str) -> int:
    """The partition, 0 to 15, of a case or tip: CRC-32 of its identifier modulo 16."""
    return crc32(key.encode()) % PARTITIONS
