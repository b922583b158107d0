"""`docker compose run --rm backup [--keep N] [--json]`: see deploy.cli.backup. Needs PGHOST.

The folders are mounted at /backups and /backup-secrets: what is written there is of user 10001.
"""

import os
import sys
from pathlib import Path

from deploy.cli.backup import Source, parser, perform
from deploy.compose.volumes import LAYOUT, NOTED, dsn
from deploy.local import backups
from deploy.postgres.server import ADMINISTRATOR

FOLDERS = ("/backups", "--secrets", "/backup-secrets")


def main() -> int:
    """As the administrator of the databases. Returns the exit code."""
    source = Source(
        dsn=dsn("postgres", ADMINISTRATOR),
        secrets=LAYOUT.secrets,
        campaign=Path(os.environ["BIHUAN_CAMPAIGN"]),
        url=os.environ["BIHUAN_PUBLIC_URL"],
        clock=os.environ["BIHUAN_CLOCK"],
    )
    code = perform(parser().parse_args([*FOLDERS, *sys.argv[2:]]), source)
    if code == 0:
        backups.remember(NOTED, backups.complete_in(Path(FOLDERS[0]))[-1])
    return code
