"""Waiting for what will be: no test sleeps and hopes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def until(true: Callable[[], Any | Awaitable[Any]], seconds: float = 30.0) -> Any:
    """The first true value of `true()`. Raises TimeoutError where that does not come within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = true()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        await asyncio.sleep(0.02)
    raise TimeoutError(f"it did not happen within {seconds} s")
