"""What each service is given: its command line, its environment, its secrets.

A service learns everything from BIHUAN_* variables. Passwords are inside connection URIs, which only the same user
can read in /proc; keys and peppers are files in a folder of that service alone.
"""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.layout import Layout
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.secret_files import make_once
from deploy.nats.config import SERVICES
from deploy.postgres.roles import DATABASES, role

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_CAMPAIGN = ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml"
# 32 random bytes each: vault_kek wraps reporters' keys, the peppers make receipt codes and address marks unguessable
RANDOM_SECRETS: Mapping[str, tuple[str, ...]] = {
    "intake": ("vault_kek", "receipt_pepper", "receipt_lookup_pepper", "address_pepper"),
    "cases": ("address_pepper",),
    "assessment": ("address_pepper",),
    "notify": ("address_pepper",),
}
# variables that some child gets from us; another child must not inherit them from the caller
CREDENTIALS = ("BIHUAN_VAULT_DSN", "BIHUAN_OWNER_DSN_", "BIHUAN_NATS_ADMIN_URL", "BIHUAN_ACCOUNTS_FILE")


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


def make_secrets(layout: Layout) -> None:
    """What is made at the first start and kept for ever. Sessions are signed by cases; the others only verify."""
    for service, names in RANDOM_SECRETS.items():
        for name in names:
            make_once(layout.secrets / service / name, secrets.token_bytes(32))
    fresh = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_pem = make_once(layout.secrets / "cases" / "session_private.pem", fresh)
    public_key = load_pem_private_key(private_pem, password=None).public_key()
    public_pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for service in SERVICES:
        make_once(layout.secrets / service / "session_public.pem", public_pem)


def inherited_environment() -> dict[str, str]:
    """The caller's environment, with an operator's own settings (BIHUAN_FONTS, …) but nobody's credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CREDENTIALS)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def service_environment(
    service: str, port: int, settings: Settings, postgres: EmbeddedPostgres, nats: EmbeddedNats
) -> dict[str, str]:
    """The whole environment of one service that is to listen on `port` of 127.0.0.1."""
    database = f"bihuan_{service}"
    access = role("bihuan_access", "writer" if service == "cases" else "reader")
    environment = inherited_environment() | {
        "BIHUAN_SERVICE": service,
        "BIHUAN_HTTP_HOST": LOOPBACK,
        "BIHUAN_HTTP_PORT": str(port),
        "BIHUAN_PUBLIC_URL": settings.url,
        "BIHUAN_POSTGRES_DSN": postgres.dsn(database, role(database, "writer")),
        "BIHUAN_POSTGRES_READER_DSN": postgres.dsn(database, role(database, "reader")),
        "BIHUAN_ACCESS_DSN": postgres.dsn("bihuan_access", access),
        "BIHUAN_NATS_URL": nats.url,
        "BIHUAN_NATS_NKEY_FILE": str(nats.seed_file(service)),
        "BIHUAN_CAMPAIGN": str(settings.campaign.absolute()),
        "BIHUAN_SECRETS": str(postgres.layout.secrets / service),
        "BIHUAN_CLOCK": settings.clock,
    }
    if service == "intake":
        environment["BIHUAN_VAULT_DSN"] = postgres.dsn("bihuan_vault", role("bihuan_vault", "writer"))
    return environment


def migration_environment(settings: Settings, postgres: EmbeddedPostgres, nats: EmbeddedNats) -> dict[str, str]:
    """What `deploy.cli migrate` needs: each database's owner, and the administrator of the bus."""
    owners = {
        f"BIHUAN_OWNER_DSN_{database.removeprefix('bihuan_').upper()}": postgres.dsn(database, role(database, "owner"))
        for database in DATABASES
    }
    return (
        inherited_environment()
        | owners
        | {
            "BIHUAN_NATS_ADMIN_URL": nats.admin_url,
            "BIHUAN_CAMPAIGN": str(settings.campaign.absolute()),
            "BIHUAN_ACCOUNTS_FILE": str(accounts_file(postgres.layout)),
        }
    )


def accounts_file(layout: Layout) -> Path:
    """Where migrations write the names and passwords of the accounts that they make."""
    return layout.secrets / "accounts.tsv"


def gateway_environment(settings: Settings, layout: Layout, ports: Mapping[str, int]) -> dict[str, str]:
    """What deploy/gateway/Caddyfile reads, and folders of its own so that Caddy touches nobody's home."""
    upstreams = {f"BIHUAN_{service.upper()}": f"{LOOPBACK}:{port}" for service, port in ports.items()}
    folders = {name: str(layout.caddy) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    listen = {"BIHUAN_GATEWAY_HOST": LOOPBACK, "BIHUAN_GATEWAY_PORT": str(settings.port)}
    return inherited_environment() | folders | listen | upstreams
