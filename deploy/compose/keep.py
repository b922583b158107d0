"""Watches the streams for as long as the installation runs, see deploy.nats.watch; needs BIHUAN_NATS_URL."""

import asyncio
import os
from pathlib import Path
from urllib.parse import quote

from deploy.compose.volumes import ADMINISTRATOR_FILE, AUTHORITY_FILE, LAYOUT
from deploy.nats.watch import watch
from shared.platform.messaging.trust import verifying

GIVEN = Path("/run/bihuan")  # the bus's configuration
LOOKED = Path("/tmp/looked")  # noqa: S108 - of a container of its own; the health check asks how old it is


def main() -> int:
    """Until it is told to end."""
    password = quote((GIVEN / ADMINISTRATOR_FILE).read_text())
    url = os.environ["BIHUAN_NATS_URL"].replace("://", f"://admin:{password}@", 1)
    tls = verifying(GIVEN / AUTHORITY_FILE)
    asyncio.run(watch(url, LAYOUT.nats, _say, LOOKED.touch, tls))
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)
