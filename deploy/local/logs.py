"""Keeps the children's logs from filling the disk.

A log over 10 MB is copied to NAME.log.1 (older ones move up to .3) and emptied in place: the child goes on writing at
the new end, because its descriptor appends. What it writes between the copy and the emptying, a few milliseconds, is
lost: the logs are for people; what must not be lost is in the databases.
"""

import shutil
from pathlib import Path

LARGEST_BYTES = 10_000_000
KEPT = 3


def rotate(log: Path, largest: int = LARGEST_BYTES) -> bool:
    """Rotate one log if it is larger than `largest` bytes; tells whether it was."""
    if not log.exists() or log.stat().st_size <= largest:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    copy = log.with_name(f"{log.name}.1")
    shutil.copyfile(log, copy)
    copy.chmod(0o600)
    with log.open("r+b") as file:
        file.truncate(0)
    return True
