"""Blocks of the internal feed: rows that everybody has, a thousand at a time, as zlib-compressed lines of JSON.

They are not deleted, because a rebuild, or a stream that was lost, needs the history. A tenth of the room is left to
them. Read both rows and blocks by `shared.platform.messaging.feed`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

BLOCK = 1000
LEVEL = 6
COLUMNS = "sequence, name, stream::text, version, partitionkey, at, recorded, data"
Row = tuple[int, str, str, int, str, str, str, str]
"""One row of `internal_events`, as COLUMNS selects it."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Row)


def pack(rows: Sequence[Row]) -> bytes:
    """The body of a block: an array a line."""
    return zlib.compress(_encoder.encode_lines(rows), LEVEL)


def unpack(body: bytes) -> list[Row]:
    """The rows of a block. Raises zlib.error or msgspec.MsgspecError where it is none."""
    return _decoder.decode_lines(zlib.decompress(body))
