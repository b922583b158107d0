"""Receipt codes: sixteen digits that are all a tipster needs, and that nothing stored gives away.

The code is HMAC-SHA-256(receipt pepper, tip) taken modulo 10^16, so repeating a request gives the same code and no
table holds it. It is looked up by HMAC-SHA-256(look-up pepper, code); that value is a row's key. Who copies the
database can neither list codes nor try them out, because both peppers are files outside it. A guess hits one of n tips
with probability n / 10^16, at the rate that the limiter allows.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from shared.platform.text import squeezed

DIGITS = 16
GROUP = 4


class ReceiptCodes:
    """Makes and recognises receipt codes."""

    def __init__(self, pepper: bytes, lookup_pepper: bytes) -> None:
        self._pepper = pepper
        self._lookup_pepper = lookup_pepper

    def code(self, tip: UUID) -> str:
        """The tip's receipt code: 16 digits without separators."""
        number = int.from_bytes(hmac.digest(self._pepper, b"receipt 1\0" + tip.bytes, hashlib.sha256))
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    def lookup(self, code: str) -> bytes:
        """The value under which the tip of a code is found (32 bytes). A malformed code has one too, and finds none."""
        return hmac.digest(self._lookup_pepper, b"lookup 1\0" + normalised(code).encode(), hashlib.sha256)

    def lookup_of(self, tip: UUID) -> bytes:
        """The look-up value of a tip's own code."""
        return self.lookup(self.code(tip))

    def mark(self, purpose: str, content: bytes) -> bytes:
        """A fingerprint of something that a tipster sent, useless without the pepper (32 bytes)."""
        return hmac.digest(self._pepper, f"{purpose}\0".encode() + content, hashlib.sha256)


def normalised(code: str) -> str:
    """A code as people copy it, without what stands between its digits, whatever the script of these."""
    return squeezed(code)


def grouped(code: str) -> str:
    """“1234 5678 9012 3456”: to be read out and copied by hand."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
