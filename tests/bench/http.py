"""As little HTTP as a load generator needs: on the machine that is measured, its own work counts against the figure.

Keep-alive connections, one request at a time on each, JSON bodies with a Content-Length (RFC 9112).
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Posts JSON to one origin, over as many connections as there are requests at the same time."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: list[Connection] = []

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Status and decoded JSON of the answer. Raises ConnectionError, asyncio.IncompleteReadError."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        connection = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        reader, writer = connection
        writer.write(head.encode() + content)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in answer[1:])}
        found = json.loads(await reader.readexactly(int(fields["content-length"])))
        self._idle.append(connection)
        return int(answer[0].split()[1]), found

    def close(self) -> None:
        """Close every connection."""
        for _, writer in self._idle:
            writer.close()
