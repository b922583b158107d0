"""A TCP proxy that loses things at the worst moment: a request, an answer, a connection.

It runs on the test's event loop, between a client and a real server on 127.0.0.1. What it does wrong is armed by the
test and happens once, at the first chunk from the client that contains a given word. A chunk is what one `recv`
yields; a PostgreSQL client waits for each answer, so there a chunk is a whole request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType

CHUNK = 1 << 16


class Proxy:
    """`async with Proxy(port) as proxy`: connect to `proxy.port`; what it loses is counted in `lost`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._served: set[asyncio.Task[None] | None] = set()
        self._word: bytes | None = None
        self._forward = False
        self._reached = asyncio.Event()
        self._hold: asyncio.Event | None = None
        self._server: asyncio.Server | None = None
        self.deaf = False
        self.requests: list[bytes] = []
        self.keep: Callable[[bytes], bool] = lambda _: False
        self.port = 0
        self.lost = 0

    async def __aenter__(self) -> Proxy:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Accept connections (again, on the same port)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port or None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections and cut those that are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.release()
        while self._served:
            self.cut()
            await asyncio.sleep(0.001)

    def cut(self) -> None:
        """End every connection at once, without a word."""
        for writer in self._writers:
            writer.transport.abort()

    def lose_request(self, word: bytes) -> None:
        """The next request that contains `word` does not arrive: the connection ends before it."""
        self._word, self._forward = word, False

    def lose_answer(self, word: bytes) -> None:
        """The next request that contains `word` arrives and is answered, but the answer never comes back."""
        self._word, self._forward = word, True

    def disarm(self) -> None:
        """Lose nothing more."""
        self._word = None

    def hold(self, word: bytes) -> asyncio.Event:
        """The next request that contains `word` is kept back until `release`; the event is set when it came."""
        self._word, self._hold = word, asyncio.Event()
        self._reached = asyncio.Event()
        return self._reached

    def release(self) -> None:
        """Let the request go on its way."""
        if self._hold is not None:
            self._hold.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._served.add(asyncio.current_task())
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(back)
            losing = asyncio.Event()
            ways = [self._there(reader, back, losing), self._back(there, writer, losing)]
            ended, other = await asyncio.wait(map(asyncio.ensure_future, ways), return_when=asyncio.FIRST_EXCEPTION)
            for way in other:
                way.cancel()
            await asyncio.gather(*ended, *other, return_exceptions=True)
            back.transport.abort()
            self._writers.discard(back)
        writer.transport.abort()
        self._writers.discard(writer)
        self._served.discard(asyncio.current_task())

    async def _there(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK):
            if self.keep(chunk):
                self.requests.append(chunk)
            if self._word is not None and self._word in chunk:
                self._word = None
                if self._hold is not None:
                    self._reached.set()
                    await self._hold.wait()
                    self._hold = None
                else:
                    self.lost += 1
                    if not self._forward:
                        raise ConnectionAbortedError
                    losing.set()
            server.write(chunk)
            await server.drain()
        raise ConnectionAbortedError

    async def _back(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK):
            if losing.is_set():
                break
            if not self.deaf:
                client.write(chunk)
                await client.drain()
        raise ConnectionAbortedError
