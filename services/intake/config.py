"""What *intake* is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.platform.messaging import settings
from shared.platform.messaging.settings import SettingMissing, Settings

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Config:
    """The common settings, the vault's address, and the keys that only this service holds (32 random bytes each).

    `vault_kek` wraps the tips' keys; the two receipt peppers make receipt codes and their look-up values; the address
    pepper marks addresses for rate limits. Losing one of the first three makes tips unreadable or receipts useless.
    `rate_factor` multiplies those limits: on simulated time by a thousand, for there a play speaks for everybody from
    one address.
    """

    settings: Settings
    vault_dsn: str = field(repr=False)
    session_public_key: bytes
    vault_kek: bytes = field(repr=False)
    receipt_pepper: bytes = field(repr=False)
    receipt_lookup_pepper: bytes = field(repr=False)
    address_pepper: bytes = field(repr=False)
    rate_factor: float = 1.0


def read(environment: Mapping[str, str]) -> Config:
    """Raises SettingMissing with what to set."""
    common = settings.read("intake", environment)
    vault_dsn = environment.get("BIHUAN_VAULT_DSN", "")
    if not vault_dsn:
        raise SettingMissing("set BIHUAN_VAULT_DSN to the vault writer's connection URI")
    return Config(
        settings=common,
        vault_dsn=vault_dsn,
        session_public_key=common.secret("session_public.pem"),
        vault_kek=_key(common, "vault_kek"),
        receipt_pepper=_key(common, "receipt_pepper"),
        receipt_lookup_pepper=_key(common, "receipt_lookup_pepper"),
        address_pepper=_key(common, "address_pepper"),
        rate_factor=_factor(environment.get("BIHUAN_RATE_FACTOR") or ("1" if common.clock == "system" else "1000")),
    )


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 1_000_000:
        raise SettingMissing(
            f"BIHUAN_RATE_FACTOR is {text!r}: set it to a number from 0.01 to 1000000, by which the limits on what "
            "strangers may send are multiplied (1: as they are)"
        )
    return factor


def _key(common: Settings, name: str) -> bytes:
    key = common.secret(name)
    if len(key) != KEY_BYTES:
        raise SettingMissing(f"the secret file {common.secrets / name} holds {len(key)} bytes: it must be {KEY_BYTES}")
    return key
