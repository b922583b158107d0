"""Refused forms, kept until their page is shown again: the answer to a refused form is a redirection to the page on
which it stands, so that the page reloads like any other.

What somebody typed may be anything, so the row is sealed (AES-256-GCM) with a key that is nowhere but in the address
that the browser is sent to; the table knows its hash, and the seal is bound to the seat of whoever sent the form. After
an hour it is gone (see event_store/retention): the page then shows the form as if it had never been sent.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from msgspec import Struct, json
from psycopg_pool import AsyncConnectionPool

from shared.platform.web.session import Viewer

PARAMETER = "refused"
SUMMARY = "refused"
"""Where on the page it is said: the anchor."""
_KEEP = "INSERT INTO refused_forms (id, sealed) VALUES (%s, %s)"
_FIND = "SELECT sealed FROM refused_forms WHERE id = %s"
_NONCE = bytes(12)
"""Each key seals once."""
_CHOSEN = re.compile(r"[!-~\s]*")
"""Codes, dates, numbers and tokens: printable ASCII."""


class Failed(Struct, frozen=True):
    """A refused form: which one, what to tell above it, what was typed.

    `wrong` has a sentence for each field that is to be corrected. `seen` is the version that the form showed, where it
    was overtaken; the page says in `since` what has happened since then, a sentence each.
    """

    form: str
    told: str
    typed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    seen: int | None = None
    since: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        """What was written in words: neither chosen from a list nor sent along unseen."""
        return [text for text in self.typed.values() if text and not _CHOSEN.fullmatch(text)]


class RefusedForms:
    """The forms that one service has refused."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def back(self, viewer: Viewer, failed: Failed, page: str) -> Response:
        """Send the browser to the page on which the form stands."""
        key = AESGCM.generate_key(256)
        sealed = AESGCM(key).encrypt(_NONCE, json.encode(failed), _seat(viewer))
        async with self._pool.connection() as connection:
            await connection.execute(_KEEP, (hashlib.sha256(key).digest(), sealed))
        token = base64.urlsafe_b64encode(key).decode().rstrip("=")
        joined = "&" if "?" in page else "?"
        return RedirectResponse(f"{page}{joined}{urlencode({PARAMETER: token})}#{SUMMARY}", 303)

    async def of(self, request: Request, viewer: Viewer) -> Failed | None:
        """The refused form that the page is asked to show again; None if there is none any more, or it is not of this
        seat."""
        token = request.query_params.get(PARAMETER, "")
        try:
            key = base64.b64decode(f"{token}=", b"-_", validate=True)
        except ValueError:
            return None
        if len(key) != 32:
            return None
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_FIND, (hashlib.sha256(key).digest(),))).fetchone()
        if row is None:
            return None
        try:
            return json.decode(AESGCM(key).decrypt(_NONCE, row[0], _seat(viewer)), type=Failed)
        except InvalidTag:
            return None


def _seat(viewer: Viewer) -> bytes:
    return "\n".join(viewer.seat).encode()
