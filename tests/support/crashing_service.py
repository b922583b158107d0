"""python -m tests.support.crashing_service POINT N: *cases*, but it kills itself at the N-th passing of a point.

The points are the moments between two things that should be one. Production code knows nothing of them: functions are
wrapped here, before the service starts.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import Any

from services.cases import app
from shared.platform.event_store import recorder
from shared.platform.event_store.group_writer import GroupWriter
from shared.platform.event_store.lane import CommandLane
from shared.platform.messaging import relay
from shared.platform.messaging.inbox import Inbox

POINTS: dict[str, tuple[Any, str]] = {
    "written, not committed": (recorder, "_send_commit"),
    "commit sent, not answered": (GroupWriter, "receive"),
    "committed, nobody told": (CommandLane, "_deliver"),
    "published, position not stored": (relay, "_store"),
    "received, not taken in": (Inbox, "_commit"),
}


def kill_at(passing: int, owner: Any, name: str) -> None:
    """Let `owner.name` work until it is called for the `passing`-th time: then die before it does anything."""
    original: Callable[..., Any] = getattr(owner, name)
    calls = count(1)

    @wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == passing:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, deadly)


if __name__ == "__main__":
    kill_at(int(sys.argv[2]), *POINTS[sys.argv[1]])
    app.main()
