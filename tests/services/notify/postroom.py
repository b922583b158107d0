"""*notify* in memory: its actors, its mail, and what it has sent, planned and told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.channels.smtp import Outcome
from services.notify.consumers import handlers
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from services.notify.handlers.heard import Heard, timers_of
from services.notify.handlers.mailing import Mailing
from services.notify.projections import PROJECTOR
from services.notify.publishers import publisher_of
from services.notify.rules.reminding import mail_goes_out_by_day
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.service.command import Told
from tests.support.clocks import FixedClock
from tests.support.in_memory import CAMPAIGN, SHANGHAI, InMemory, at
from tests.support.life import OPENED

__all__ = ["CAMPAIGN", "PostRoom", "at", "heard_of"]


def heard_of(clock: FixedClock, *, by_mail: bool = False) -> Heard:
    return Heard(CAMPAIGN, clock, Mailing(CAMPAIGN, clock, by_mail))


class PostRoom(InMemory):
    """One installation of *notify* in memory. `by_mail`: with a mail server."""

    def __init__(self, now: datetime = OPENED, *, by_mail: bool = False) -> None:
        super().__init__(
            now, Setting(CAMPAIGN), PROJECTOR, publisher_of(CAMPAIGN), timers_of,
            lambda memory: handlers(heard_of(memory.clock, by_mail=by_mail)),
        )  # fmt: skip
        self.heard = heard_of(self.clock, by_mail=by_mail)
        self.answer_timer = self.heard.fire

    # --- given and when ---

    def told_by_cases(self, *events: Any, happened: datetime | None = None) -> None:
        """*cases* tells of something: now, or of something that happened earlier."""
        for event in events:
            self.hear("cases", event, happened)

    def mail(self, *, error: str | None = None, refused: tuple[str, ...] = ()) -> None:
        """The channel sends what may go out now, and records what became of it."""
        for row in [row for row in self.tables["notices"].values() if row["state"] == "waiting"]:
            if row["not_before"] is None or (self.by_day and row["not_before"] <= self.clock.now()):
                self.record(row["id"], Outcome(refused, error))

    @property
    def by_day(self) -> bool:
        return mail_goes_out_by_day(CAMPAIGN, self.clock.now())

    def record(self, reminder: UUID, outcome: Outcome) -> None:
        """What became of one mail."""
        self.run(lambda session: self.heard.mailing.record(session, reminder, outcome))

    def give(
        self, command: str, disclosure: str, who: str = "office:p-office-2", *, seen: int | None = None, **body: Any
    ) -> Told:
        """Somebody (`role:person`) gives a command on an item of disclosure."""
        return self.order(DISCLOSURE, command, actor(who), seen=seen, address={"disclosure": disclosure}, **body)

    def sign(self, command: str, disclosure: str, who: str, **body: Any) -> Told:
        """As `give`, by somebody who has the item on the screen as it stands and names that version."""
        return self.give(command, disclosure, who, seen=self.aggregate(UUID(disclosure)).version, **body)

    def draft(self, who: str = "office:p-office-2", **body: Any) -> Told:
        """Somebody drafts an item."""
        return self.order(NEW_DISCLOSURE, "draft", actor(who), **body)

    # --- then ---

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        """(kind, when, to) of what went out, in order."""
        return [
            (row["kind"], f"{row['sent_at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}", row["to_role"])
            for row in self.tables["outgoing"].values()
        ]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.tables["outgoing"].values()]

    @property
    def planned(self) -> list[tuple[str, str]]:
        """(kind, when) of the timers that run, earliest first."""
        timers = sorted(self.timers.values(), key=lambda timer: (timer.due, timer.kind))
        return [(timer.kind, f"{timer.due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}") for timer in timers]

    def states(self) -> list[tuple[str, str]]:
        """(kind, state) of every reminder in the list."""
        return sorted((row["kind"], row["state"]) for row in self.tables["reminders"].values())

    def items(self) -> list[dict[str, Any]]:
        """The rows of the office's list, in the order in which they were drafted."""
        return list(self.tables["disclosures"].values())

    @property
    def board(self) -> list[dict[str, Any]]:
        """The rows of the public board."""
        return list(self.tables["board"].values())

    def told(self, *, public: bool) -> list[str]:
        """The names of what went out to the public, or to our own services."""
        return [name for name, _ in self.messages(public=public)]


def actor(who: str) -> Actor:
    role, person = who.split(":")
    return Actor(person, role, "city")
