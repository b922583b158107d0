"""What follows from a finding: accountability (notice 七（三）) and key supervision (重点督导)."""

from __future__ import annotations

from services.cases.domain.events import AccountabilityImposed, KeySupervisionEnded, KeySupervisionStarted
from services.cases.domain.state import CaseState
from services.cases.domain.values import Deadline
from shared.platform.event_store.envelope import Envelope


class Supervising(CaseState):
    """Accountability, and a group's close supervision."""

    def impose_accountability(
        self,
        envelope: Envelope,
        *,
        ground: str,
        actions: tuple[str, ...],
        units: tuple[str, ...],
        people: int,
        posts: str | None,
        publish: bool,
    ) -> None:
        """Units and individuals are held to account; the actions follow from the ground."""
        self.check("impose-accountability", envelope)
        self.trigger_event(
            AccountabilityImposed, envelope=envelope, ground=ground, actions=actions, units=units, people=people,
            posts=posts, publish=publish,
        )  # fmt: skip

    def start_key_supervision(
        self, envelope: Envelope, *, group: str, reason: str, measures: str, recheck: Deadline
    ) -> None:
        """A group supervises the case closely; one at a time."""
        self.check("start-key-supervision", envelope)
        self.trigger_event(
            KeySupervisionStarted, envelope=envelope, group=group, reason=reason, measures=measures, recheck=recheck
        )

    def end_key_supervision(self, envelope: Envelope, conclusion: str) -> None:
        """The group concludes."""
        self.check("end-key-supervision", envelope)
        self.trigger_event(KeySupervisionEnded, envelope=envelope, group=envelope.actor.unit, conclusion=conclusion)
