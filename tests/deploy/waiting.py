"""Waiting for what another process will do, without saying how fast."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = 60) -> T:
    """The first truthy answer of `check`; the time is only there so that a broken program does not hang the tests."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{check} has not come true")
        time.sleep(0.05)
    return answer
