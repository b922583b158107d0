"""What tells a producer's own events from everything else that may lie in its stream: a seal for each reader.

Who holds a service's place on the bus could put something there in its name, before the genuine event of that number.
So a producer shares a key with each service that reads it, and nobody else has both ends: a file `events_to_<reader>`
among its secrets, the same 32 bytes as `events_from_<producer>` among the reader's. A message of the internal feed
carries a keyed BLAKE2b of 128 bits (RFC 7693, section 2.9) over the digest of stream and body, under each of these
keys; the body holds sequence, id, type and source. A reader takes in nothing without its seal. A message that is sent
twice is the same event twice, which the sequence settles.

A message's id must not be guessed either: whoever used it first would make the bus take the genuine one for a
repetition. It ends in a code under all of a producer's keys together.

Pairs of keys and not signatures: an Ed25519 signature takes some twenty times as long, for each event and reader, and
its one advantage, that a reader can prove to others what it was told, is the event log's business. Limits: the public
feed has no seals, as its readers have no keys (they compare with the HTTP feed); a key that is replaced makes what lies
in the stream foreign, whereupon the relay fills it anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

HEADER = "Bihuan-Seal"
ALGORITHM = "blake2b-mac-128"
TO, FROM = "events_to_", "events_from_"
_BYTES = 16


class Sealer:
    """Seals what one service sends. `keys`: reader → the key that they share."""

    def __init__(self, service: str, keys: Mapping[str, bytes]) -> None:
        self._service = service
        self._keys = dict(sorted(keys.items()))
        self._own = hashlib.blake2b(b"".join(self._keys.values()), digest_size=32).digest()

    def message_id(self, feed: str, sequence: int) -> str:
        """The id under which the bus recognises a repetition; nobody else can name it before it is on the bus."""
        name = f"{self._service}:{feed}:{sequence}"
        return f"{name}:{_code(self._own, name.encode())}"

    def seal(self, stream: str, body: bytes) -> str:
        """The header's value: the algorithm, then a code for each reader."""
        digest = _digest(stream, body)
        return ",".join([ALGORITHM, *(f"{reader}={_code(key, digest)}" for reader, key in self._keys.items())])


class Inspector:
    """Tells whether a message is its producer's own. `key`: the one that `reader` shares with the producer."""

    def __init__(self, reader: str, key: bytes) -> None:
        self._reader = reader
        self._key = key

    def passes(self, stream: str, body: bytes, headers: Mapping[str, str] | None) -> bool:
        """Whether the message carries the seal that was made for this reader."""
        algorithm, _, codes = (headers or {}).get(HEADER, "").partition(",")
        if algorithm != ALGORITHM:
            return False
        given = dict(one.partition("=")[::2] for one in codes.split(",")).get(self._reader, "")
        expected = _code(self._key, _digest(stream, body))
        return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _digest(stream: str, body: bytes) -> bytes:
    return hashlib.blake2b(stream.encode() + b"\n" + body, digest_size=32).digest()


def _code(key: bytes, text: bytes) -> str:
    return hashlib.blake2b(text, key=key, digest_size=_BYTES).hexdigest()
