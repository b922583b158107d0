"""Waiting for what will be: no test sleeps and hopes."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
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


def address_when_ready(log: Path, process: subprocess.Popen[bytes], seconds: float = 120.0) -> str:
    """What `up` or `demo` says it is ready at. Raises RuntimeError with its log where it does not come up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text("utf-8").splitlines():
            if line.startswith("ready "):
                return line.removeprefix("ready ")
        time.sleep(0.2)
    raise RuntimeError(f"the installation did not come up:\n{log.read_text('utf-8')[-2000:]}")
