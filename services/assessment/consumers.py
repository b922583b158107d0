"""What *assessment* hears: one table, producer → event → handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.assessment.projections import FROM_CASES
from shared.event_store.rows import Change
from shared.event_store.session import Session
from shared.messaging.engine import Handlers
from shared.messaging.inbox import Handler, Received


def handlers() -> Handlers:
    """All reactions to other services' events: each becomes a change of a read table."""
    from_cases = {contract.__name__: Handler(contract, _writing(project)) for contract, project in FROM_CASES.items()}
    return {"cases": from_cases}


def _writing(project: Callable[[Any], Change]) -> Callable[[Session, Any, Received], None]:
    def write(session: Session, event: Any, _: Received) -> None:
        session.write(project(event))

    return write
