"""From a request to a command in the lane, and the answer back: one path for the API and for the forms of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic

from fastapi import Request

from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import parse_id
from shared.platform.messaging.engine import Engine
from shared.platform.service.command import Address, Command, Context, Resource, S, Told
from shared.platform.service.fields import Body
from shared.platform.service.refused import RefusedForms
from shared.platform.web.commands import Asked, answer, command_of, told_as_problems
from shared.platform.web.session import Viewer

MakeEnvelope = Callable[[Actor, datetime, Asked, Address], Envelope]


class Dispatch(Generic[S]):
    """Hands commands to the lane. `actor_of` says as whom a viewer acts; `envelope` writes what every event carries."""

    def __init__(self, engine: Engine, setting: S, actor_of: Callable[[Viewer], Actor], envelope: MakeEnvelope) -> None:
        self.engine = engine
        self.setting = setting
        self.actor_of = actor_of
        self.refused = RefusedForms(engine.own_pool)
        self._envelope = envelope

    def now(self) -> datetime:
        """The domain clock's instant."""
        return self.engine.clock.now()

    async def give(
        self, request: Request, viewer: Viewer, resource: Resource, name: str, address: Address, body: Body,
        version: int | None = None, once: str | None = None,
    ) -> Told:  # fmt: skip
        """Give a command as this viewer. `version` and `once` are what a form showed and its key; else `If-Match` and
        `Idempotency-Key` say them. Raises problems."""
        asked = await command_of(request, viewer, once)
        return await self.give_as(self.actor_of(viewer), asked, resource, name, address, body, version)

    async def give_as(
        self, actor: Actor, asked: Asked, resource: Resource, name: str, address: Address, body: Body,
        version: int | None = None,
    ) -> Told:  # fmt: skip
        """As `give`, for an actor who is known already."""
        command = resource.commands[name]
        asked = asked if version is None else replace(asked, version=version)
        async with told_as_problems():
            prepared = await self._prepared(resource, command, actor, address, body)
        envelope = self._envelope(actor, self.now(), asked, address)
        looked_at = address.values() if resource.find is not None else ()  # what is yet to be made has no stream
        return await answer(
            self.engine.submit(
                lambda session: resource.run(
                    name, Context(self.setting, session, envelope, address, prepared), body, asked.version
                ),
                key=asked.key,
                fingerprint=asked.fingerprint,
                streams=[id_ for part in looked_at if (id_ := parse_id(part)) is not None],
            )
        )

    async def _prepared(
        self, resource: Resource, command: Command, actor: Actor, address: Address, body: Body
    ) -> Any:  # fmt: skip
        if command.prepare is None:
            return None
        resource.check_role(command.permission, actor, self.setting)  # before anything is read for who may not
        return await command.prepare(self.setting, address, body, actor)
