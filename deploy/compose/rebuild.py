"""`docker compose run --rm rebuild [SERVICE] [--swap] [--json]`: see deploy.cli.rebuild. Needs PGHOST."""

import sys

from deploy.cli.rebuild import parser, perform
from deploy.compose.volumes import LAYOUT, dsn
from deploy.postgres.roles import role
from shared.kernel.contracts import SERVICES


def main() -> int:
    """As the owners of the databases. Returns the exit code."""
    databases = {name: dsn(f"bihuan_{name}", role(f"bihuan_{name}", "owner"), LAYOUT) for name in SERVICES}
    return perform(parser().parse_args(sys.argv[2:]), databases, LAYOUT.secrets / "intake")
