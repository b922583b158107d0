"""From a request to a command: the envelope, the lane, the answer. One path for the API and for the forms of pages."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from services.cases.application import Cases, Told
from services.cases.commands import Body, Open
from shared.kernel.visibility import home_unit
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import parse_id
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.commands import answer, command_of, envelope_of
from shared.platform.web.session import Viewer


class Gate:
    """Hands commands to the lane."""

    def __init__(self, engine: Engine, cases: Cases) -> None:
        self._engine = engine
        self._cases = cases

    async def command(self, request: Request, viewer: Viewer, command: str, case: str, body: Body) -> Told:
        """Give a command to a case. Raises problems."""
        id_ = parse_id(case)
        if id_ is None:
            raise problems.NotFound()
        asked = await command_of(request, viewer.id)
        envelope = self._envelope(viewer, asked.key)
        return await answer(
            self._engine.submit(
                lambda session: self._cases.run(session, command, id_, asked.version, envelope, body),
                key=asked.key,
                fingerprint=asked.fingerprint,
            )
        )

    async def open(self, request: Request, viewer: Viewer, body: Open) -> Told:
        """Open a case without a tip. Raises problems."""
        asked = await command_of(request, viewer.id)
        envelope = self._envelope(viewer, asked.key)
        return await answer(
            self._engine.submit(
                lambda session: self._cases.open_found(session, envelope, body),
                key=asked.key,
                fingerprint=asked.fingerprint,
            )
        )

    def _envelope(self, viewer: Viewer, key: str) -> Any:
        campaign = self._cases.campaign
        unit = home_unit(campaign, viewer.unit)
        signer = viewer.id if viewer.role in ("director", "principal") else None
        actor = Actor(id=viewer.id, role=viewer.role, unit=unit, signed_by=signer)
        return envelope_of(actor, self._engine.clock.now(), key, campaign.id, campaign.version)
