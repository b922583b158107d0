"""The installation as a container sees it that has the volumes of secrets below /bihuan and is on the network `inner`.

Databases are asked as their owners. Services are asked themselves, not through the gateway: whether that speaks TLS,
and under which name, is the operator's choice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from deploy.compose.volumes import LAYOUT, dsn
from deploy.local.credentials import role_password_file
from deploy.local.layout import Layout
from deploy.local.state import NotRunning
from deploy.postgres.roles import role

SERVICES_PORT = 8000


@dataclass(frozen=True)
class Composed:
    """Needs PGHOST for databases and BIHUAN_CAMPAIGN for the campaign."""

    layout: Layout = LAYOUT
    typed = "docker compose run --rm tools"
    start = "docker compose up -d --wait"
    restart = f"docker compose down && {start}"

    @property
    def secrets(self) -> Path:
        return self.layout.secrets

    @property
    def campaign(self) -> Path:
        return Path(os.environ["BIHUAN_CAMPAIGN"])

    def dsn(self, database: str) -> str:
        owner = role(database, "owner")
        if not role_password_file(self.layout, owner).is_file():
            raise NotRunning(f"还没有安装，请先启动 / nothing is installed yet. First: {self.start}")
        return dsn(database, owner, self.layout)

    def url(self, service: str) -> str:
        return f"http://{service}:{SERVICES_PORT}"
