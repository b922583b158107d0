"""Telling somebody at once, on the desk and by mail; and telling nobody any more of what was done meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.reminders import Reminders
from services.notify.domain.sentences import sentence
from services.notify.domain.values import OFFICE_KINDS, Kind, Told
from services.notify.handlers.mailing import Mailing
from shared.kernel.campaign import Campaign
from shared.kernel.commands import because_of
from shared.platform.clock import Clock
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Received


@dataclass(frozen=True, slots=True)
class Reminding:
    """What all reactions remind with."""

    campaign: Campaign
    clock: Clock
    mailing: Mailing

    def caused(self, received: Received, rule: str) -> Envelope:
        """What follows from another service's event by a rule."""
        return because_of(self.campaign, rule, received, self.clock.now())

    def tell(
        self, session: Session, envelope: Envelope, reminders: Reminders, kind: Kind, due: datetime | None, to: str,
        unit: str | None = None, trigger: str | None = None,
    ) -> None:  # fmt: skip
        """Remind at once, and save."""
        text = self.sentence(reminders, kind, due, envelope.at, trigger)
        sent = reminders.send_now(envelope, kind, to, due, text, unit, trigger)
        session.save(reminders)
        self.mailing.queue(session, envelope, sent, danger=reminders.danger)

    def sentence(
        self, reminders: Reminders, kind: Kind, due: datetime | None, at: datetime, trigger: str | None
    ) -> str:  # fmt: skip
        """What is said of a case, a tip or a week."""
        clock = trigger.partition(":")[0] if trigger is not None and kind in OFFICE_KINDS else ""
        what = self.campaign.rule(clock).zh if clock else ""
        about = {"triage": "一件举报", "weekly_disclosure": "本周"}.get(clock)
        return sentence(kind, reminders.letter, due, at, self.campaign.zone, what, about)

    def drop(self, session: Session, envelope: Envelope, done: Iterable[Told]) -> None:
        """What these reminders ask for is done: as far as their mails have not gone out, they do not."""
        for told in done:
            self.mailing.drop(session, envelope, told)
