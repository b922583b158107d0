"""What every event of a case is."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.platform.event_store.events import EnvelopedEvent


class CaseEvent(EnvelopedEvent):
    """Any event of a case. Who let it happen has acted on the case, unless it decides nothing."""

    decides: ClassVar[bool] = True

    def mutate(self, aggregate: Any) -> Any:
        """As the library's; and the case knows who acted, and what the office owes now."""
        case: Any = super().mutate(aggregate)
        if self.decides:
            case.note_who_acted(self.envelope.actor)
        case.settle_office(self)
        return case
