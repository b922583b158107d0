"""Bodies that are too long, sent to a real server, honestly and not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

MIB = 1 << 20


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


async def exchange(port: int, head: str, *pieces: bytes) -> tuple[int, Any]:
    """Sends raw bytes; returns the status and the JSON body of the first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write((head + "\r\n\r\n").replace("\n", "\r\n").replace("\r\r\n", "\r\n").encode())
    for piece in pieces:
        writer.write(piece)
        try:
            await writer.drain()
        except ConnectionError:
            break
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        length = int(value) if name.lower() == "content-length" else length
    body = json.loads(await reader.readexactly(length))
    writer.close()
    return status, body


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


async def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_read(port: int) -> None:
    status, body = await exchange(port, f"POST /deaf HTTP/1.1\nHost: x\nContent-Length: {MIB + 1}")
    assert (status, body["type"], body["limit"]) == (413, "/problems/payload-too-large", MIB)
    assert "1 MiB" in str(body["detail"])


async def test_a_body_without_a_length_is_counted_as_it_comes(port: int) -> None:
    head = "POST /change HTTP/1.1\nHost: x\nTransfer-Encoding: chunked"
    status, _ = await exchange(port, head, chunked(b"x" * 1000))
    assert status == 401
    head = "POST /tips HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked"
    status, body = await exchange(port, head, chunked(*[b"x" * 65536] * 17))
    assert (status, body["type"]) == (413, "/problems/payload-too-large")


async def test_where_more_is_allowed_more_passes_and_still_more_does_not(port: int) -> None:
    head = "POST /uploads/photo HTTP/1.1\nHost: x\nTransfer-Encoding: chunked"
    status, read = await exchange(port, head, chunked(*[b"x" * 65536] * 32))
    assert (status, read) == (200, 2 * MIB)
    status, body = await exchange(port, head, chunked(*[b"x" * 65536] * 65))
    assert (status, body["limit"]) == (413, 4 * MIB)


async def test_a_body_at_the_limit_passes(port: int) -> None:
    head = f"POST /deaf HTTP/1.1\nHost: x\nContent-Length: {MIB}"
    assert (await exchange(port, head, b"x" * MIB))[0] == 200
