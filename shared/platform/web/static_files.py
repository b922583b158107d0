"""The style sheet, the script and the icon: held in memory, named by their content.

`static_url` adds a hash of the bytes to the address. A request with the current hash may be cached for ever; any
other (an old page during an upgrade, or none) gets the current bytes and must ask again. All services serve the same
tree, so one of them can answer for all behind the gateway.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request, Response

from shared.platform.web.problems import NotFound

_DIRECTORY = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, media type and the first 12 hex digits of its SHA-256."""

    content: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by name."""
    found = {}
    for path in sorted(_DIRECTORY.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            found[path.name] = Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])
    return found


def static_url(name: str) -> str:
    """The address of a static file with its hash; KeyError for a name that does not exist."""
    return f"/static/{name}?v={assets()[name].digest}"


def mount_static(app: FastAPI) -> None:
    """Serves `/static/<name>`."""

    @app.api_route("/static/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def static_file(name: str, request: Request) -> Response:
        asset = assets().get(name)
        if asset is None:
            raise NotFound()
        etag = f'"{asset.digest}"'
        current = request.query_params.get("v") == asset.digest
        headers = {"ETag": etag, "Cache-Control": _FOR_EVER if current else "no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)
