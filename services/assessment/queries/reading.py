"""How everything is read: each read names the viewer's units in its transaction, and the reader's role sees only rows
of those (row-level security)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection

from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.visibility import row_setting, units_seen
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.session import Viewer


class Reading:
    """The read pool, and who sees what."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine = engine
        self._campaign = campaign

    def units_of(self, viewer: Viewer) -> tuple[str, ...]:
        """The county-level units whose figures this viewer may see, in the campaign's order."""
        seen = units_seen(self._campaign, viewer)
        return tuple(county.code for county in self._campaign.units) if seen is None else seen

    def sees_city(self, viewer: Viewer) -> bool:
        """Whether the viewer sees every unit."""
        return units_seen(self._campaign, viewer) is None

    def check_sees(self, viewer: Viewer, unit: str) -> None:
        """Raises problems.NotFound for a unit that does not exist, Forbidden for another's."""
        try:
            self._campaign.unit(unit)
        except UnknownCode as error:
            raise problems.NotFound("没有这个单位代码。请从考核页的表格进入。") from error
        seen = self._seen(viewer)
        if seen is not None and unit not in seen:
            raise problems.Forbidden("只能查看本单位（本督导组所辖单位）的数字。")

    @asynccontextmanager
    async def reading(self, viewer: Viewer | None) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction that sees the viewer's rows; None: all rows, for what is computed over all units."""
        seen = None if viewer is None else self._seen(viewer)
        async with self._engine.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT set_config('bihuan.units', %s, true)", (row_setting(seen),))
            yield connection

    def _seen(self, viewer: Viewer) -> tuple[str, ...] | None:
        """The units whose rows the viewer sees: a group also its own."""
        seen = units_seen(self._campaign, viewer)
        return (*seen, viewer.unit) if seen and viewer.role == "group" else seen
