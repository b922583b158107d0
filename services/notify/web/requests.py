"""From a request to a command on a disclosure: the envelope, the lane, the answer. One path for API and forms."""

from __future__ import annotations

from fastapi import Request

from services.notify.application import Notify
from services.notify.application.disclosing import Told
from services.notify.commands import Body, Draft
from shared.kernel.visibility import home_unit
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import parse_id
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.commands import answer, command_of, envelope_of
from shared.platform.web.session import Viewer


class Gate:
    """Hands commands to the lane."""

    def __init__(self, engine: Engine, notify: Notify) -> None:
        self._engine = engine
        self._notify = notify

    async def command(
        self, request: Request, viewer: Viewer, command: str, disclosure: str, body: Body, version: int | None = None
    ) -> Told:
        """Give a command to an item. `version` is the one that a form showed; else `If-Match` says it. Raises
        problems."""
        id_ = parse_id(disclosure)
        if id_ is None:
            raise problems.NotFound()
        asked = await command_of(request, viewer.id)
        envelope = self._envelope(viewer, asked.key)
        seen = version if version is not None else asked.version
        return await answer(
            self._engine.submit(
                lambda session: self._notify.disclosing.run(session, command, id_, seen, envelope, body),
                key=asked.key,
                fingerprint=asked.fingerprint,
            )
        )

    async def draft(self, request: Request, viewer: Viewer, body: Draft) -> Told:
        """Make an item. Raises problems."""
        asked = await command_of(request, viewer.id)
        envelope = self._envelope(viewer, asked.key)
        return await answer(
            self._engine.submit(
                lambda session: self._notify.disclosing.draft(session, envelope, body),
                key=asked.key,
                fingerprint=asked.fingerprint,
            )
        )

    def _envelope(self, viewer: Viewer, key: str) -> Envelope:
        campaign = self._notify.campaign
        signer = viewer.id if viewer.role == "director" else None
        actor = Actor(id=viewer.id, role=viewer.role, unit=home_unit(campaign, viewer.unit), signed_by=signer)
        return envelope_of(actor, self._engine.clock.now(), key, campaign.id, campaign.version)
