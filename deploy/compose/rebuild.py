"""`docker compose run --rm rebuild [SERVICE] [--swap] [--json]`: see deploy.cli.rebuild. Needs PGHOST."""

import sys

from deploy.cli import rebuild
from deploy.compose.installation import Composed


def main() -> int:
    """As the owners of the databases. Returns the exit code."""
    return rebuild.main(sys.argv[2:], Composed())
