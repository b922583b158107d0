"""Makes, before anything else starts, what every container is given to read. May be repeated at every start. A campaign
file that cannot be is refused here, before there are servers and databases.

Secrets (see deploy.local.credentials) are made once. Each service also gets a `pgpass` with the passwords of its own
connections, so that no password is in an environment, and the certificate of the authority that vouches for the bus.
What is derived, these files, the servers' configuration and what the rebuilder is given, is written again every time.
The bus's certificates are renewed in time; its server reads them when it starts.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from deploy.compose.volumes import ADMINISTRATOR_FILE, AUTHORITY_FILE, LAYOUT, configuration
from deploy.local.credentials import bus_password, make_secrets, nkey_public_keys, role_password
from deploy.local.layout import Layout
from deploy.local.secret_files import make_once, password
from deploy.nats import certificates
from deploy.nats import config as nats
from deploy.postgres import roles, server
from shared.kernel.campaign import CampaignError, load
from shared.kernel.contracts import SERVICES

EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container; no port of a server is published
NATS_PORT, NATS_MONITOR_PORT = 4222, 8222
HBA_FILE = "/run/bihuan/pg_hba.conf"
HBA = """\
local all all trust
host all all all scram-sha-256
host replication postgres all scram-sha-256
"""
"""As the image writes it, and that the administrator may take a base backup from another container."""
NATS_READS = Path("/run/bihuan")  # where its container has mounted what is below configuration/nats
REBUILDER = "rebuilder"
PEPPERS = ("receipt_pepper", "receipt_lookup_pepper")
OURS, EVERYBODYS = 0o600, 0o644


def main() -> int:
    """Needs BIHUAN_CAMPAIGN. Makes everything in the volumes of this container; 1 if the campaign cannot be."""
    try:
        load(Path(os.environ["BIHUAN_CAMPAIGN"]))
    except CampaignError as error:
        print(error, file=sys.stderr)
        return 1
    make(LAYOUT, datetime.now(UTC))
    return 0


def make(layout: Layout, now: datetime) -> None:
    """Make what is missing below `layout`; what is derived from it is written anew."""
    make_secrets(layout)
    authority = _certificates(layout, now)
    for service in SERVICES:
        _write(layout.secrets / service / "pgpass", pgpass(layout, service), OURS)
        _write(layout.secrets / service / "nats_ca.pem", authority, OURS)
    for name in roles.ROLES:
        role_password(layout, name)
    postgres = configuration(layout, "postgres")
    _write(postgres / "password", role_password(layout, server.ADMINISTRATOR), OURS)
    # the server reads it as a user of its own image; there is nothing secret in it
    _write(
        postgres / "postgresql.conf",
        server.render(server.SETTINGS | {"listen_addresses": "*", "hba_file": HBA_FILE}),
        EVERYBODYS,
    )
    _write(postgres / "pg_hba.conf", HBA, EVERYBODYS)
    _write(configuration(layout, "nats") / "nats.conf", _nats_configuration(layout), OURS)
    password(configuration(layout, "grafana") / "password")
    # for the keeper, who sees this folder of ours alone
    _write(configuration(layout, "nats") / ADMINISTRATOR_FILE, bus_password(layout), OURS)
    _write(configuration(layout, "nats") / AUTHORITY_FILE, authority, OURS)
    _give_the_rebuilder(layout)


def _give_the_rebuilder(layout: Layout) -> None:
    """Laid out as secrets are: the passwords of those who own read tables, and what receipts are found by. Neither the
    vault nor the accounts nor any key of an identity."""
    given = configuration(layout, REBUILDER)
    for owner in (roles.role(f"bihuan_{service}", "owner") for service in SERVICES):
        _write(given / "postgres" / owner, role_password(layout, owner), OURS)
    for name in PEPPERS:
        _write(given / "intake" / name, (layout.secrets / "intake" / name).read_bytes(), OURS)


def pgpass(layout: Layout, service: str) -> str:
    """libpq's password file with the connections of `service`; a role is known by its name, wherever the server is."""
    return "".join(
        f"*:*:{database}:{role}:{role_password(layout, role)}\n"
        for database, role in roles.connections(service).values()
    )


def _certificates(layout: Layout, now: datetime) -> str:
    """Make or renew those of the bus; returns the authority's, as PEM."""
    ours, servers = layout.secrets / "nats", configuration(layout, "nats")
    authority_key = make_once(ours / "authority.key", certificates.new_key())
    server_key = make_once(servers / "server.key", certificates.new_key())
    authority = certificates.authority(authority_key, _there(ours / "authority.pem"), now).decode()
    _write(ours / "authority.pem", authority, OURS)
    server = certificates.server(server_key, authority_key, _there(servers / "server.pem"), now).decode()
    _write(servers / "server.pem", server, OURS)
    return authority


def _there(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _nats_configuration(layout: Layout) -> str:
    return nats.render(
        host=EVERYWHERE,
        port=NATS_PORT,
        monitor_port=NATS_MONITOR_PORT,
        store=str(layout.nats),
        admin_password=bus_password(layout),
        nkeys=nkey_public_keys(layout),
        tls=nats.Tls(str(NATS_READS / "server.pem"), str(NATS_READS / "server.key")),
    )


def _write(path: Path, content: str | bytes, mode: int) -> None:
    """Whole or not at all: a server may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=OURS)
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.chmod(mode)
    os.replace(draft, path)
