"""What *assessment* is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.platform.messaging import settings
from shared.platform.messaging.settings import Settings


@dataclass(frozen=True, slots=True)
class Config:
    """The common settings, and the key by which sessions are believed."""

    settings: Settings
    session_public_key: bytes


def read(environment: Mapping[str, str]) -> Config:
    """Raises SettingMissing with what to set."""
    common = settings.read("assessment", environment)
    return Config(common, common.secret("session_public.pem"))
