"""Looking for a secret wherever it may have gone: every way in which a text may stand in a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gbk")


def forms(secret: str) -> set[bytes]:
    """As it is in each encoding, in base64 at each of the three alignments, in hexadecimal, escaped, in an address."""
    found = {json.dumps(secret)[1:-1].encode(), quote(secret).encode()}
    for encoding in ENCODINGS:
        raw = secret.encode(encoding)
        found |= {raw, raw.hex().encode(), raw.hex().upper().encode()}
        found |= {_inside_base64(raw, shift) for shift in range(3)}
    return found


def _inside_base64(raw: bytes, shift: int) -> bytes:
    """What of `raw`, `shift` bytes behind a group of three, does not depend on what stands around it."""
    encoded = base64.b64encode(bytes(shift) + raw)
    return encoded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]


def found_in(places: Mapping[str, bytes], secrets: Iterable[str]) -> set[tuple[str, str]]:
    """(secret, place) wherever one of them stands in any form."""
    looked_for = [(secret, form) for secret in secrets for form in forms(secret)]
    return {(secret, place) for place, content in places.items() for secret, form in looked_for if form in content}
