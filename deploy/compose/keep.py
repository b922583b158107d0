"""Watches the streams for as long as the installation runs (deploy.nats.watch), and tells Prometheus what no service
can know (deploy.local.figures), at /metrics of the port that services have. Needs BIHUAN_NATS_URL.

Of the volume with the databases the keeper asks how much room is left on its disk; its files it cannot read.
"""

import asyncio
import os
from pathlib import Path
from urllib.parse import quote

from deploy.compose.installation import SERVICES_PORT
from deploy.compose.setup import EVERYWHERE
from deploy.compose.volumes import ADMINISTRATOR_FILE, AUTHORITY_FILE, LAYOUT, NOTED
from deploy.local import figures
from deploy.local.figures import Figures
from deploy.nats.watch import watch
from shared.platform.messaging.trust import verifying

GIVEN = Path("/run/bihuan")  # the bus's configuration
POSTGRES = Path("/measured/postgres")
GATEWAYS = Path("/certificate/tls.crt")  # where the gateway has one: deploy/compose/tls.yaml
LOOKED = Path("/tmp/looked")  # noqa: S108 - of a container of its own; the health check asks how old it is


def main() -> int:
    """Until it is told to end."""
    password = quote((GIVEN / ADMINISTRATOR_FILE).read_text())
    url = os.environ["BIHUAN_NATS_URL"].replace("://", f"://admin:{password}@", 1)
    tls = verifying(GIVEN / AUTHORITY_FILE)
    certificates = {"bus": GIVEN / "server.pem", "bus authority": GIVEN / AUTHORITY_FILE}
    if GATEWAYS.exists():
        certificates["gateway"] = GATEWAYS
    told = Figures({"postgres": POSTGRES, "nats": LAYOUT.nats}, certificates, NOTED, _say)
    figures.serve(told, EVERYWHERE, SERVICES_PORT)
    asyncio.run(watch(url, LAYOUT.nats, _say, LOOKED.touch, tls))
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)
