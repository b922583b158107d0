"""What *cases* is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.platform.messaging import settings
from shared.platform.messaging.settings import SettingMissing, Settings
from shared.platform.web.session import are_halves


@dataclass(frozen=True, slots=True)
class Config:
    """The common settings, the key with which this service alone signs people in, the pepper of addresses."""

    settings: Settings
    session_private_key: bytes
    session_public_key: bytes
    address_pepper: bytes = field(repr=False)


def read(environment: Mapping[str, str]) -> Config:
    """Raises SettingMissing with what to set."""
    common = settings.read("cases", environment)
    names = ("session_private.pem", "session_public.pem", "address_pepper")
    private, public, pepper = (common.secret(name) for name in names)
    if not are_halves(private, public):  # else everybody who signs in is answered 401 by the next page
        raise SettingMissing(
            f"{common.secrets}: session_public.pem is not the other half of session_private.pem; stop the installation "
            "and start it, which makes it anew: ./bihuan down, ./bihuan up, or docker compose down, docker compose up"
        )
    return Config(common, private, public, pepper)
