"""What *notify* is told by its environment.

`BIHUAN_SMTP_URL` (`smtp://user:password@host:port`, `smtps://…`) and `BIHUAN_SMTP_SENDER` make reminders go out by mail
as well; without them they are read on the desk alone. Where the environment is no place for a password,
`BIHUAN_SMTP_URL_FILE` names a file that holds the address; an empty one means that there is no mail server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.platform.messaging import settings
from shared.platform.messaging.settings import SettingMissing, Settings

PORTS = {"smtp": 25, "smtps": 465}
_SENDER = re.compile(r"[^@\s<>]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. `tls`: encrypted from the first byte (RFC 8314), else as soon as the server offers it."""

    host: str
    port: int
    tls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """The common settings, the key by which sessions are believed, and the mail server, if there is one."""

    settings: Settings
    session_public_key: bytes
    mail: MailServer | None = None


def read(environment: Mapping[str, str]) -> Config:
    """Raises SettingMissing with what to set."""
    common = settings.read("notify", environment)
    return Config(common, common.secret("session_public.pem"), _mail_server(environment))


def _url(environment: Mapping[str, str]) -> str:
    path = environment.get("BIHUAN_SMTP_URL_FILE")
    if not path:
        return environment.get("BIHUAN_SMTP_URL", "")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingMissing(f"BIHUAN_SMTP_URL_FILE: {path} cannot be read: {error}") from error


def _mail_server(environment: Mapping[str, str]) -> MailServer | None:
    url, sender = _url(environment), environment.get("BIHUAN_SMTP_SENDER", "")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise SettingMissing("set BIHUAN_SMTP_URL to smtp://user:password@host:port or smtps://…") from error
    if not host:
        raise SettingMissing("BIHUAN_SMTP_URL names no host: set it to smtp://user:password@host:port or smtps://…")
    if not _SENDER.fullmatch(sender):
        raise SettingMissing("set BIHUAN_SMTP_SENDER to the address that reminders come from")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return MailServer(host, port, parts.scheme == "smtps", sender, user, password)
