"""Has read tables built anew that show what another service's database, put back to an earlier state, has forgotten.

It asks /ready of each service, as the supervisor of an embedded installation does, for as long as the installation
runs, and starts `rebuild SERVICE --swap` as a process of its own: what that needs of memory is gone with it. It is
given the owners' passwords of the four databases with read tables and the peppers of receipts (deploy.compose.setup).
"""

import subprocess
import sys
import time
from pathlib import Path

from deploy.compose.installation import Composed
from deploy.local import probe
from shared.kernel.contracts import SERVICES

EVERY = 5.0
LOOKED = Path("/tmp/looked")  # noqa: S108 - of a container of its own; the health check asks how old it is
REBUILD = (sys.executable, "-m", "deploy.compose", "rebuild")


def main() -> int:
    """Until it is told to end."""
    while True:
        for service in SERVICES:
            look(service, f"{Composed().url(service)}/ready")
        LOOKED.touch()
        time.sleep(EVERY)


def look(service: str, ready: str, rebuild: tuple[str, ...] = REBUILD, looked: Path = LOOKED) -> None:
    """Rebuild, if `service`, whose readiness is told at the address `ready`, shows what is forgotten."""
    if probe.checks(ready).get("read tables", "ok") == "ok":
        return
    print(f"{service} 的查询表正在重建 / the read tables are built anew", flush=True)
    with subprocess.Popen([*rebuild, service, "--swap"]) as process:
        while process.poll() is None:
            looked.touch()
            time.sleep(0.5)
    if process.returncode != 0:
        print(f"{service} 的查询表未能重建，稍后再试 / could not be built anew, to be tried again", flush=True)
