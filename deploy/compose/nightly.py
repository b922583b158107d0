"""Backs up every BIHUAN_BACKUP_EVERY for as long as it runs, and keeps the newest BIHUAN_BACKUP_KEEP: the profile
`nightly`, for who has no cron.

When the next one is due follows from when the newest complete one began, so that a restart changes nothing and one by
hand counts as well. A backup that fails is tried again after a while; as long as the newest one is of its time, this
says so by touching a file, by which the health check tells. `doctor` goes by the same (`overdue`).
"""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.cli.judging import backup_overdue
from deploy.compose.backup import FOLDERS
from deploy.local import backups

CURRENT = Path("/tmp/current")  # noqa: S108 - of a container of its own; the health check asks how old it is
BACKUP = (sys.executable, "-m", "deploy.compose", "backup", "--keep")
LOOK, AGAIN = timedelta(seconds=10), timedelta(minutes=5)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def main() -> int:
    """Until it is told to end; 2 where what is set cannot be."""
    try:
        every, keep = interval(os.environ["BIHUAN_BACKUP_EVERY"]), int(os.environ["BIHUAN_BACKUP_KEEP"])
        if keep < 1:
            raise ValueError("BIHUAN_BACKUP_KEEP: 至少 1 / at least 1")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    not_before = datetime.now(UTC)
    while True:
        not_before = step(Path(FOLDERS[0]), every, not_before, [*BACKUP, str(keep)])
        time.sleep(LOOK.total_seconds())


def interval(given: str) -> timedelta:
    """24h, 90m, 1d. Raises ValueError."""
    found = re.fullmatch(r"([1-9]\d*)([mhd])", given)
    if found is None:
        raise ValueError(f"BIHUAN_BACKUP_EVERY={given}: 写作 / to be written as 24h, 90m, 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def step(folder: Path, every: timedelta, not_before: datetime, command: list[str], current: Path = CURRENT) -> datetime:
    """Back up if it is time, and not before `not_before`; until when to wait after a failure."""
    now = datetime.now(UTC)
    if max(not_before, due(folder, every)) <= now and subprocess.run(command, check=False).returncode != 0:
        not_before = now + AGAIN
        print(f"备份失败，稍后再试 / failed, to be tried again at {not_before:%H:%M} UTC", flush=True)
    newest = last(folder)
    if newest is not None and not backup_overdue(datetime.now(UTC) - newest, every):
        current.touch()
    return not_before


def last(folder: Path) -> datetime | None:
    """When the newest complete backup in `folder` began."""
    complete = backups.complete_in(folder)
    return backups.began(complete[-1]) if complete else None


def due(folder: Path, every: timedelta) -> datetime:
    """When the next one is."""
    newest = last(folder)
    return newest + every if newest is not None else datetime.min.replace(tzinfo=UTC)
