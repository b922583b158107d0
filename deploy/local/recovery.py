"""Point-in-time recovery: the log that was archived since a backup is replayed on top of it, up to an instant.

PostgreSQL does it at its first start, told by recovery.signal and settings beside it; afterwards it removes the signal
itself. No connection is taken until it is through (hot_standby off), so whoever can connect finds the instant reached.
"""

import re
import shlex
import signal
import time
from datetime import datetime
from pathlib import Path

from deploy.local.layout import Layout
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.process import end, spawn, tail

SETTINGS = "postgresql.auto.conf"
_REACHED = re.compile(r"recovery stopping .*|last completed transaction was at log time .*")


class NotReached(Exception):
    """The log does not lead there; the message ends with PostgreSQL's last words."""


def leave_the_archive(cluster: Path) -> None:
    """What was restored does not go on writing to the archive of what it was made from: a copy that is only tried would
    put its own log among the other's. Whoever wants an archive sets a new one."""
    _forget(cluster, ("archive_",))


def aim(cluster: Path, until: datetime, log: Path) -> None:
    """Have the next start of `cluster` replay the files of `log` up to `until`, an instant with a zone."""
    command = f"cp {shlex.quote(str(log.absolute()))}/%f %p".replace("'", "''")
    wanted = {
        "restore_command": command,
        "recovery_target_time": until.isoformat(sep=" "),
        "recovery_target_action": "promote",
        "hot_standby": "off",
    }
    with (cluster / SETTINGS).open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in wanted.items())
    (cluster / "recovery.signal").touch(mode=0o600)


def recover(layout: Layout) -> str:
    """Start the server, wait until it has replayed, however long that takes, and stop it. What it says of where it
    stopped. Raises NotReached, postgres.PostgresFailed."""
    server = EmbeddedPostgres(layout.data)
    server.prepare()
    process = spawn(server.command(), log=server.log, death_signal=signal.SIGQUIT)
    try:
        while not server.accepts_connections():
            if process.poll() is not None:
                raise NotReached(
                    f"归档日志到不了此刻 / the archived log does not lead there. {server.log}:\n{tail(server.log, 8)}"
                )
            time.sleep(0.2)
    finally:
        end(process, polite=signal.SIGINT, seconds=60)
    _forget(server.cluster, ("restore_command", "recovery_target_", "hot_standby"))
    said = _REACHED.findall(server.log.read_text("utf-8", errors="replace"))
    return said[-1] if said else ""


def _forget(cluster: Path, names: tuple[str, ...]) -> None:
    """Take out the settings whose names begin so."""
    path = cluster / SETTINGS
    kept = [line for line in path.read_text("utf-8").splitlines(keepends=True) if not line.startswith(names)]
    path.write_text("".join(kept), "utf-8")
