"""Where tipsters are served, by the interface and by pages: as nobody, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from services.intake.domain.tip import TIPSTER
from services.intake.handlers import NEW_TIP, RECEIPT
from services.intake.handlers.receiving import Receive
from services.intake.handlers.writing import Message
from services.intake.limits import CHARACTERS, MESSAGES, ON_A_RECEIPT
from services.intake.receipts import ReceiptCodes
from services.intake.reception import Intake
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.service.command import Address, Resource, Told
from shared.platform.service.dispatch import Dispatch
from shared.platform.service.fields import Body
from shared.platform.web.commands import Asked, command_of, told_as_problems
from shared.platform.web.rate_limits import address_of
from shared.platform.web.session import Viewer


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender of a tip is told, once."""

    tip: UUID
    code: str


class Counter:
    """Takes in tips, and messages from the holders of receipts. `once` is the key of a form: sending the same form
    twice is sending it once."""

    def __init__(self, dispatch: Dispatch[Intake], receipts: ReceiptCodes) -> None:
        self._dispatch = dispatch
        self._receipts = receipts

    async def receive(self, request: Request, viewer: Viewer | None, body: Receive, once: str = "") -> Receipt:
        """Take in a tip; the same key and content again give the same receipt. Acts as an officer where one registers
        what came by another way. Raises problems."""
        registers = viewer is not None and body.source != "web" and viewer.role in NEW_TIP.commands[""].permission.roles
        actor = self._dispatch.actor_of(viewer) if viewer is not None and registers else TIPSTER
        sender = {"sender": address_of(request)} if actor == TIPSTER else {}
        told = await self._give(
            request, viewer if registers else None, actor, NEW_TIP, "", {"tip": str(new_id())} | sender, body, once
        )
        tip = UUID(told["tip"])
        return Receipt(tip, self._receipts.code(tip))

    async def hear(self, request: Request, tip: UUID, body: Message, once: str = "") -> None:
        """The holder of the receipt writes. Raises problems, TooManyRequests among them."""
        limiter = self._dispatch.setting.limiter
        async with told_as_problems():
            await limiter.take(MESSAGES, address_of(request))
            await limiter.take(ON_A_RECEIPT, str(tip))
            await limiter.take(CHARACTERS, str(tip), len(body.text))
        await self._give(request, None, TIPSTER, RECEIPT, "messages", {"tip": str(tip)}, body, once)

    async def _give(
        self, request: Request, viewer: Viewer | None, actor: Actor, resource: Resource, name: str, address: Address,
        body: Body, once: str,
    ) -> Told:  # fmt: skip
        asked = await command_of(request, viewer, once or None)
        if actor == TIPSTER:
            asked = self._unmarked(asked)
        return await self._dispatch.give_as(actor, asked, resource, name, address, body)

    def _unmarked(self, asked: Asked) -> Asked:
        """A tipster's key and fingerprint as HMACs: what is stored of them must not lead back to what was sent."""
        key = self._receipts.mark("idempotency key", asked.key.encode()).hex()
        return Asked(f"tipster:{key}", self._receipts.mark("fingerprint", asked.fingerprint), None)
