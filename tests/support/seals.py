"""The keys that make events their producers' own, as the tests' installations have them: told by the names alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shared.kernel.contracts import SERVICES
from shared.platform.messaging import seals
from shared.platform.messaging.seals import Inspector, Sealer


def key(producer: str, reader: str) -> bytes:
    return hashlib.sha256(f"{producer} to {reader}".encode()).digest()


def sealer(producer: str) -> Sealer:
    return Sealer(producer, {reader: key(producer, reader) for reader in SERVICES if reader != producer})


def inspector(producer: str, reader: str) -> Inspector:
    return Inspector(reader, key(producer, reader))


def sealed(producer: str, body: bytes) -> dict[str, str]:
    """The header of a message in the producer's internal stream."""
    return {seals.HEADER: sealer(producer).seal(f"BIHUAN_{producer.upper()}", body)}


def write_keys(folder: Path, service: str) -> Path:
    """The service's files, in the folder of its secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in SERVICES:
        (folder / f"{seals.TO}{other}").write_bytes(key(service, other))
        (folder / f"{seals.FROM}{other}").write_bytes(key(other, service))
    return folder
