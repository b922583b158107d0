"""`up` as a process of its own, with stand-ins for the services: up_with_standins.py DATA PORT [WHAT GOES WRONG].

"migrations" fail, or the service "notify" ends at once; nothing else differs from what a person starts. A service
that does not answer is found out faster than in use, so that the tests are short.
"""

import asyncio
import sys
from pathlib import Path

from deploy.cli.up import run, say
from deploy.local import supervisor
from deploy.local.services import Settings
from deploy.local.supervisor import Supervisor

STANDIN = Path(__file__).with_name("standin_service.py")


def command(service: str) -> list[str]:
    if service == wrong:
        return [sys.executable, "-c", "raise SystemExit('notify has no letter paper')"]
    return [sys.executable, "-P", str(STANDIN)]


if __name__ == "__main__":
    data, port, wrong = [*sys.argv[1:], ""][:3]
    supervisor.PROBE_SECONDS, supervisor.PROBE_TIMEOUT = 0.2, 1.0
    migrate = "raise SystemExit('table cases is locked')" if wrong == "migrations" else ""
    settings = Settings(Path(data), int(port), command=command)
    sys.exit(asyncio.run(run(Supervisor(settings, say, migrate=[sys.executable, "-c", migrate]))))
