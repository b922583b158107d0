"""The style sheet, the script and the icon, named by their content.

`static_url` adds a hash of the bytes to the address. A request with the current hash may be cached for ever; any
other (an old page during an upgrade, or none) gets the current bytes and must ask again. All services serve the same
tree, so one of them can answer for all behind the gateway; the hash is therefore the ETag too, not the file's age.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

DIRECTORY = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")  # RFC 9239; machines differ


def static_url(name: str) -> str:
    """The address of a static file with its hash; FileNotFoundError for a name that does not exist."""
    return f"/static/{name}?v={_digest(DIRECTORY / name)}"


def mount_static(app: FastAPI) -> None:
    """Serves `/static/<name>`, by a route of its own: what is mounted has no name in the metrics."""
    files = _NamedByContent(directory=DIRECTORY)

    @app.api_route("/static/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def static_file(name: str, request: Request) -> Response:
        return await files.get_response(name, request.scope)


class _NamedByContent(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        digest = _digest(Path(full_path))
        current = parse_qs(scope["query_string"]).get(b"v") == [digest.encode()]
        headers = {"ETag": f'"{digest}"', "Cache-Control": _FOR_EVER if current else "no-cache"}
        response = FileResponse(full_path, status_code, headers, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


@cache
def _digest(path: Path) -> str:
    """The first 12 hex digits of the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
