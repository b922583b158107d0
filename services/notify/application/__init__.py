"""What *notify* does: one method per event of *cases*, per command and for a timer. All in the lane's transaction.

`reminding` plans and sends reminders, `disclosing` brings items to the public; where an event concerns both, it is
handed to both here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.notify.application.disclosing import Disclosing
from services.notify.application.reminding import Reminding
from services.notify.domain.reminders import Reminders
from shared.campaign import Campaign
from shared.contracts.internal import cases
from shared.event_store.envelope import Envelope, system
from shared.event_store.rows import insert, update
from shared.event_store.session import Session
from shared.event_store.unit_of_work import Timer
from shared.messaging.engine import Clock
from shared.messaging.inbox import Received

__all__ = ["Notify", "timers_of"]


class Notify:
    """The application of *notify*."""

    def __init__(self, campaign: Campaign, clock: Clock) -> None:
        self.campaign = campaign
        self._clock = clock
        self.reminding = Reminding(campaign, self._caused)
        self.disclosing = Disclosing(campaign)

    def case_opened(self, session: Session, event: cases.CaseOpened, received: Received) -> None:
        """Follow the case, and its loop."""
        self.reminding.case_opened(session, event, received)
        session.write(insert("case_loops", key="case_id", case_id=event.case, version=1, steps=()))

    def loop_moved(self, session: Session, event: cases.LoopMoved, _: Received) -> None:
        """The seven steps as they are now, for the page of what is published of the case."""
        session.write(update("case_loops", key="case_id", case_id=event.case, version=event.version, steps=event.steps))

    def case_closed(self, session: Session, event: cases.CaseClosed, received: Received) -> None:
        """Nothing is due of the unit any more; the result is to be disclosed."""
        self.reminding.case_closed(session, event, received)
        self.disclosing.case_closed(session, self._caused(received, "a_closed_case_is_told_to_the_public"), event)

    def case_reopened(self, session: Session, event: cases.CaseReopened, received: Received) -> None:
        """The unit has a new date; the drafted result is void."""
        self.reminding.case_reopened(session, event, received)
        self.disclosing.case_reopened(session, self._caused(received, "a_draft_of_a_reopened_case_is_void"), event)

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """A planned reminder's instant has come, or passed during a downtime."""
        rule = "a_unit_is_reminded_before_its_letter_is_due"
        self.reminding.fire(session, timer, self._envelope(rule, now, f"timer:{timer.id}"))

    def _caused(self, received: Received, rule: str) -> Envelope:
        now = max(self._clock.now(), received.at)
        return self._envelope(rule, now, f"{received.producer}:{received.sequence}")

    def _envelope(self, rule: str, at: datetime, cause: str) -> Envelope:
        return Envelope(
            at=at, actor=system(rule), command_key=cause, campaign=self.campaign.id,
            campaign_version=self.campaign.version, causation=cause, rule=rule,
        )  # fmt: skip


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants."""
    return aggregate.timers() if isinstance(aggregate, Reminders) else {}
