"""What each service is given: its command line and its environment.

A service learns everything from BIHUAN_* variables. Passwords are inside connection URIs, which only the same user
can read in /proc; keys and peppers are files in a folder of that service alone.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.credentials import accounts_file
from deploy.local.layout import Layout
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import EmbeddedPostgres
from deploy.postgres import roles

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_CAMPAIGN = ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml"
# variables that some child gets from us; another child must not inherit them from the caller; and the embedded bus,
# on 127.0.0.1 alone, does without TLS
CREDENTIALS = (
    "BIHUAN_VAULT_DSN", "BIHUAN_OWNER_DSN_", "BIHUAN_NATS_ADMIN_URL", "BIHUAN_ACCOUNTS_FILE", "BIHUAN_SMTP_URL",
    "BIHUAN_NATS_CA",
)  # fmt: skip


def module_command(service: str) -> list[str]:
    """-P: the folder in which the user stands must not shadow a module."""
    return [sys.executable, "-P", "-m", f"services.{service}"]


@dataclass(frozen=True)
class Settings:
    """What a person chooses for an installation. `command` is replaced in tests alone."""

    data: Path
    port: int = 8080
    campaign: Path = DEFAULT_CAMPAIGN
    clock: str = "system"
    command: Callable[[str], list[str]] = module_command

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


def inherited_environment() -> dict[str, str]:
    """The caller's environment, with an operator's own settings (BIHUAN_FONTS, …) but nobody's credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CREDENTIALS)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def service_environment(
    service: str, port: int, settings: Settings, postgres: EmbeddedPostgres, nats: EmbeddedNats
) -> dict[str, str]:
    """The whole environment of one service that is to listen on `port` of 127.0.0.1."""
    own = {
        "BIHUAN_SERVICE": service,
        "BIHUAN_HTTP_HOST": LOOPBACK,
        "BIHUAN_HTTP_PORT": str(port),
        "BIHUAN_PUBLIC_URL": settings.url,
        "BIHUAN_NATS_URL": nats.url,
        "BIHUAN_NATS_NKEY_FILE": str(nats.seed_file(service)),
        "BIHUAN_CAMPAIGN": str(settings.campaign.absolute()),
        "BIHUAN_SECRETS": str(postgres.layout.secrets / service),
        "BIHUAN_CLOCK": settings.clock,
    }
    if service == "notify":  # the address holds a password
        own |= {name: os.environ[name] for name in ("BIHUAN_SMTP_URL", "BIHUAN_SMTP_URL_FILE") if name in os.environ}
    databases = {name: postgres.dsn(*connection) for name, connection in roles.connections(service).items()}
    return inherited_environment() | own | databases


def migration_environment(settings: Settings, postgres: EmbeddedPostgres, nats: EmbeddedNats) -> dict[str, str]:
    """What `deploy.cli migrate` needs: each database's owner, and the administrator of the bus."""
    owners = {name: postgres.dsn(*connection) for name, connection in roles.owners().items()}
    return (
        inherited_environment()
        | owners
        | {
            "BIHUAN_NATS_ADMIN_URL": nats.admin_url,
            "BIHUAN_CAMPAIGN": str(settings.campaign.absolute()),
            "BIHUAN_ACCOUNTS_FILE": str(accounts_file(postgres.layout)),
        }
    )


def gateway_environment(settings: Settings, layout: Layout, ports: Mapping[str, int]) -> dict[str, str]:
    """What deploy/gateway/Caddyfile reads, and folders of its own so that Caddy touches nobody's home."""
    upstreams = {f"BIHUAN_{service.upper()}": f"{LOOPBACK}:{port}" for service, port in ports.items()}
    folders = {name: str(layout.caddy) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    listen = {"BIHUAN_GATEWAY_HOST": LOOPBACK, "BIHUAN_GATEWAY_PORT": str(settings.port)}
    return inherited_environment() | folders | listen | upstreams
