"""How what a tipster wrote becomes ciphertext: a key per tip, wrapped by the installation's key-encryption key.

AES-256-GCM-SIV (RFC 8452) where the OpenSSL at hand has it, because a repeated nonce then gives away no more than that
two texts are equal; else AES-256-GCM, whose random 96-bit nonces are far from repeating under the few texts of one tip.
The algorithm is named beside each ciphertext. Associated data binds the tip and the field, so that a ciphertext moved
to another place does not open. Destroying a tip's wrapped key makes all its texts unreadable, wherever copies lie.
Limit: a ciphertext is as long as its text.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

from services.intake.domain.values import Ciphertext

NONCE = 12
KEY = 32
_KEY_FIELD = "key"


class Unreadable(Exception):
    """A ciphertext does not open: another tip's, another field's, damaged, or its key is gone."""


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


_ALGORITHMS: dict[str, type[AESGCM | AESGCMSIV]] = {"AES-256-GCM-SIV": AESGCMSIV, "AES-256-GCM": AESGCM}


@cache
def preferred() -> str:
    """The first algorithm that this machine's OpenSSL has."""
    for name, algorithm in _ALGORITHMS.items():
        try:
            algorithm(bytes(KEY))
        except UnsupportedAlgorithm:
            continue
        return name
    raise UnsupportedAlgorithm("no AES-256 authenticated encryption: install an OpenSSL that has AES-GCM")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A tip's key as the vault keeps it: nonce ‖ ciphertext ‖ tag under the key-encryption key."""

    aead_alg: str
    wrapped: bytes


class SubjectKey:
    """The key of one tip. Seals and opens its texts; a field's name is part of what is authenticated."""

    def __init__(self, tip: UUID, key: bytes) -> None:
        self.tip = tip
        self._key = key

    def seal(self, field: str, text: str) -> Ciphertext:
        """The text as ciphertext."""
        sealed = _seal(preferred(), self._key, text.encode(), _bound(self.tip, field))
        return Ciphertext(preferred(), base64.b64encode(sealed).decode())

    def open(self, field: str, sealed: Ciphertext) -> str:
        """The text again. Raises Unreadable."""
        return _open(sealed.aead_alg, self._key, base64.b64decode(sealed.base64), _bound(self.tip, field)).decode()


class Keyring:
    """Makes and unwraps the keys of tips. `kek` is 32 random bytes."""

    def __init__(self, kek: bytes) -> None:
        self._kek = kek

    def new(self, tip: UUID) -> tuple[SubjectKey, WrappedKey]:
        """A fresh key for a tip, and its form for the vault."""
        key = secrets.token_bytes(KEY)
        wrapped = _seal(preferred(), self._kek, key, _bound(tip, _KEY_FIELD))
        return SubjectKey(tip, key), WrappedKey(preferred(), wrapped)

    def unwrap(self, tip: UUID, wrapped: WrappedKey) -> SubjectKey:
        """The tip's key. Raises Unreadable, also under another key-encryption key."""
        return SubjectKey(tip, _open(wrapped.aead_alg, self._kek, wrapped.wrapped, _bound(tip, _KEY_FIELD)))


def _aead(algorithm: str, key: bytes) -> _Aead:
    try:
        return _ALGORITHMS[algorithm](key)
    except KeyError as error:
        raise Unreadable(f"unknown algorithm {algorithm}: one of {', '.join(_ALGORITHMS)}") from error


def _seal(algorithm: str, key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + _aead(algorithm, key).encrypt(nonce, plain, bound)


def _open(algorithm: str, key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return _aead(algorithm, key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("the ciphertext does not open with this key, tip and field") from error


def _bound(tip: UUID, field: str) -> bytes:
    return b"bihuan intake 1\0" + tip.bytes + b"\0" + field.encode()
