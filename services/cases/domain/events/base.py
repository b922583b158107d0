"""What every event of a case is."""

from __future__ import annotations

from shared.platform.event_store.events import EnvelopedEvent


class CaseEvent(EnvelopedEvent):
    """Any event of a case."""
