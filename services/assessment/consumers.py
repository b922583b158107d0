"""What *assessment* hears: one table, producer → event → handler."""

from __future__ import annotations

from typing import Any

from services.assessment.projections import FROM_CASES, changes_of
from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handler, Received


def handlers() -> Handlers:
    """All reactions to other services' events: each becomes changes of read tables."""
    return {"cases": {contract.__name__: Handler(contract, _write) for contract in FROM_CASES}}


def _write(session: Session, event: Any, received: Received) -> None:
    for change in changes_of(event, received):
        session.write(change)
