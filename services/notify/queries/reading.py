"""The one way to read: a transaction that names the viewer's units, for row-level security."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared.kernel.campaign import Campaign
from shared.kernel.visibility import row_setting, units_seen
from shared.platform.event_store.lane import Unavailable
from shared.platform.messaging.engine import Engine
from shared.platform.web.session import Viewer


class Reading:
    """Opens reading transactions. Raises Unavailable when the database does not answer."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine = engine
        self._campaign = campaign

    @asynccontextmanager
    async def of(self, viewer: Viewer | None) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction in which the viewer's rows show; of those tables that are guarded, a visitor sees none."""
        setting = row_setting(self._units(viewer)) if viewer is not None else ""
        try:
            async with self._engine.pool.connection(timeout=5) as connection, connection.transaction():
                await connection.execute("SELECT set_config('bihuan.units', %s, true)", (setting,))
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable("the database does not answer") from error

    def _units(self, viewer: Viewer) -> tuple[str, ...] | None:
        """As everywhere; a group or the enforcement team also sees what is addressed to itself."""
        units = units_seen(self._campaign, viewer)
        return (*units, viewer.unit) if units is not None and viewer.role == "group" else units


def like(text: str) -> str:
    """A pattern for ILIKE that finds `text` anywhere, taken as it stands."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
