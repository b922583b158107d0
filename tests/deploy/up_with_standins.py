"""`up` as a process of its own, with stand-ins for the services and no migrations: up_with_standins.py DATA PORT."""

import asyncio
import sys
from pathlib import Path

from deploy.cli.up import run, say
from deploy.local.services import Settings
from deploy.local.supervisor import Supervisor

STANDIN = Path(__file__).with_name("standin_service.py")


def command(_service: str) -> list[str]:
    return [sys.executable, "-P", str(STANDIN)]


if __name__ == "__main__":
    settings = Settings(Path(sys.argv[1]), int(sys.argv[2]), command=command)
    sys.exit(asyncio.run(run(Supervisor(settings, say, migrate=[sys.executable, "-c", ""]))))
