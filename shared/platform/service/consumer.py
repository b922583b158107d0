"""What a service does about the events of others: what its handlers do, and what its read tables show of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.inbox import Handle, Handler, Received
from shared.platform.service.projector import Projector


def consuming(handlers: Handlers, projector: Projector, contracts: Mapping[str, Mapping[str, type]]) -> Handlers:
    """The whole table of reactions. `contracts`: producer → name → contract of everything that others tell."""
    table: dict[str, dict[str, Handler]] = {producer: dict(found) for producer, found in handlers.items()}
    for producer, kinds in contracts.items():
        for name, contract in kinds.items():
            if contract in projector:
                ours = table.setdefault(producer, {})
                ours[name] = Handler(contract, _both(ours.get(name), projector.take_in))
    return table


def _both(handler: Handler | None, shown: Handle) -> Handle:
    if handler is None:
        return shown
    first = handler.handle

    def both(session: Session, event: Any, received: Received) -> str | None:
        left = first(session, event, received)
        shown(session, event, received)
        return left

    return both
