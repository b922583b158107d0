"""What every service is told by its environment: `BIHUAN_*` variables, read once into a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal


class SettingMissing(SystemExit):
    """A variable is missing or has a value that cannot be; the service ends with the sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses and credentials. DSNs are libpq URIs; `secrets` is a directory of this service's secret files.
    `gateway` is the one address whose `X-Forwarded-For` is believed: limits go by what it says. `nats_ca`: the bus is
    spoken to in TLS alone, and only if this authority (a PEM file) vouches for it."""

    service: str
    http_host: str
    http_port: int
    postgres_dsn: str
    postgres_reader_dsn: str
    access_dsn: str
    nats_url: str
    nats_nkey_file: Path | None
    campaign: Path
    secrets: Path
    clock: Literal["system", "row"]
    public_url: str
    gateway: str = "127.0.0.1"
    nats_ca: Path | None = None

    def secret(self, name: str) -> bytes:
        """The content of one secret file. Raises SettingMissing naming the file."""
        path = self.secrets / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise SettingMissing(
                f"the secret file {path} cannot be read: {error.strerror}. Put it back from a backup; "
                "session_public.pem alone is made anew where the installation is stopped and started"
            ) from error

    def shared_secrets(self, prefix: str) -> dict[str, bytes]:
        """The secret files whose names begin so, by what follows: another service each. Raises SettingMissing."""
        found = {path.name.removeprefix(prefix): path.read_bytes() for path in self.secrets.glob(f"{prefix}*")}
        if not found:
            raise SettingMissing(f"there is no secret file {self.secrets / prefix}…: ./bihuan up, or setup, makes them")
        return found


def read(service: str, environment: Mapping[str, str]) -> Settings:
    """The settings of `service`. Raises SettingMissing naming the variable and what it should hold."""

    def need(name: str, what: str) -> str:
        value = environment.get(name, "")
        if not value:
            raise SettingMissing(f"set {name} to {what}")
        return value

    clock = environment.get("BIHUAN_CLOCK", "system")
    if clock not in ("system", "row"):
        raise SettingMissing(f"BIHUAN_CLOCK is {clock!r}: set it to system or row")
    gateway = environment.get("BIHUAN_GATEWAY_ADDRESS", "127.0.0.1")
    try:
        ip_address(gateway)
    except ValueError:
        raise SettingMissing(
            f"BIHUAN_GATEWAY_ADDRESS is {gateway!r}: set it to the IP address from which the gateway calls"
        ) from None
    nkey = environment.get("BIHUAN_NATS_NKEY_FILE")
    authority = environment.get("BIHUAN_NATS_CA")
    return Settings(
        service=service,
        http_host=environment.get("BIHUAN_HTTP_HOST", "127.0.0.1"),
        http_port=int(need("BIHUAN_HTTP_PORT", "the port to listen on")),
        postgres_dsn=need("BIHUAN_POSTGRES_DSN", "the writer's connection URI"),
        postgres_reader_dsn=need("BIHUAN_POSTGRES_READER_DSN", "the reader's connection URI"),
        access_dsn=need("BIHUAN_ACCESS_DSN", "a connection URI of the access database"),
        nats_url=need("BIHUAN_NATS_URL", "the address of the NATS server"),
        nats_nkey_file=Path(nkey) if nkey else None,
        campaign=Path(need("BIHUAN_CAMPAIGN", "the path of the campaign file")),
        secrets=Path(need("BIHUAN_SECRETS", "the directory of the secret files")),
        clock="row" if clock == "row" else "system",
        public_url=environment.get("BIHUAN_PUBLIC_URL", "http://127.0.0.1:8080"),
        gateway=gateway,
        nats_ca=Path(authority) if authority else None,
    )
