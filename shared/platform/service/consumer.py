"""What a service does about the events of others: what its handlers do, and what its read tables show of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handler
from shared.platform.service.projector import Projector


def consuming(handlers: Handlers, projector: Projector, contracts: Mapping[str, Mapping[str, type]]) -> Handlers:
    """The whole table of reactions. `contracts`: producer → name → contract of everything that others tell."""
    table: dict[str, dict[str, Handler]] = {producer: dict(found) for producer, found in handlers.items()}
    for producer, kinds in contracts.items():
        for name, contract in kinds.items():
            if contract in projector:
                ours = table.setdefault(producer, {})
                doing = ours.get(name, Handler(contract, None))
                ours[name] = replace(doing, show=projector.take_in)
    return table
