"""Answers that wait for what happens next, and how many of them at once: server-sent events (HTML Living Standard, 9.2)
to those who look at a page, and programs that wait at the end of a feed.

Each holds a connection, so there is a limit for each person and one for the whole process: past the first the answer is
429, past the second 503, both with Retry-After. A browser that is refused does not ask again, and the page works
without: it shows what is new when it is loaded anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

from fastapi.responses import StreamingResponse
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from shared.platform.web.problem_handlers import problem_response
from shared.platform.web.problems import Problem, ServiceUnavailable, TooManyRequests

EACH = 12
"""What one person keeps open. A browser itself opens six connections to one host, unless it speaks HTTP/2."""
ALL = 500
RETRY_AFTER = 30
"""Seconds."""


class Streams:
    """Counts what is open in one process, by the person who waits: more sessions give nobody more."""

    def __init__(self, each: int = EACH, all_: int = ALL) -> None:
        self._each, self._all = each, all_
        self._open: Counter[str] = Counter()

    def answer(self, person: str, events: AsyncIterator[str]) -> StreamingResponse:
        """An answer that sends these events, or is refused when its turn comes."""
        return _Stream(self, person, events)

    @contextmanager
    def place(self, person: str) -> Iterator[None]:
        """One place, for as long as the block runs. Raises TooManyRequests, ServiceUnavailable."""
        if self._open[person] >= self._each:
            raise TooManyRequests(
                RETRY_AFTER, "同时打开的实时连接过多。请关闭一些，或在 {seconds} 秒后重试；页面不实时更新也可使用。"
            )
        if self._open.total() >= self._all:
            raise ServiceUnavailable(
                "实时连接已满，此处暂不实时更新。请在 {seconds} 秒后重试；页面仍可使用。", retry_after=RETRY_AFTER
            )
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]


class _Stream(StreamingResponse):
    """Is counted from its first byte to its last, whichever side ends it."""

    def __init__(self, streams: Streams, person: str, events: AsyncIterator[str]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._streams, self._person = streams, person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as held:
            try:
                held.enter_context(self._streams.place(self._person))
            except Problem as refusal:
                await problem_response(Request(scope, receive), refusal)(scope, receive, send)
                return
            await super().__call__(scope, receive, send)
