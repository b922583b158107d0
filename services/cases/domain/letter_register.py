"""The register of letter numbers: one per form of letter and year, gapless.

A number must be known before the bytes of the letter's event are made, so the register is an aggregate of its own,
saved in the same unit of work as the case. A number of which others know, because it was used in a time that a restore
took away, is void: it stays in the register, marked, and is never given.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.cases.domain.events.register import (
    LetterNumbered,
    LetterNumberVoided,
    LetterRegisterOpened,
)
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.events import begin, stored

_NAMESPACE = UUID("5f0f6d3e-6d1c-5a0e-9b53-0c2d7f6f4a11")


@stored("cases.LetterRegister")
class LetterRegister(Aggregate):
    """Letters of one form (代字) in one year. `holders`: the case of each number from 1 on; "" where it is void."""

    form: str
    year: int
    holders: list[str]

    def __init__(self) -> None:
        self.form = ""
        self.year = 0
        self.holders = []

    @staticmethod
    def id_of(campaign: str, form: str, year: int) -> UUID:
        """The register's identifier: the same for everybody who asks."""
        return uuid5(_NAMESPACE, f"{campaign}/{form}/{year}")

    @classmethod
    def open(cls, envelope: Envelope, campaign: str, form: str, year: int) -> Self:
        """A new register; its first number will be 1."""
        id_ = cls.id_of(campaign, form, year)
        return begin(cls, LetterRegisterOpened, id=id_, envelope=envelope, form=form, year=year)

    @property
    def next(self) -> int:
        """The number that the next letter gets."""
        return len(self.holders) + 1

    def holder(self, n: int) -> str | None:
        """The case that has this number; None where it is void or not given yet."""
        return self.holders[n - 1] or None if n < self.next else None

    def give(self, envelope: Envelope, number: str, case: UUID) -> None:
        """Give the next number, written as `number`, to a case."""
        self.trigger_event(LetterNumbered, envelope=envelope, n=self.next, number=number, case=str(case))

    def void(self, envelope: Envelope, number: str, case: str | None, reason: str) -> None:
        """Never give the next number, written as `number`; `case` is that of the letter which has it elsewhere."""
        self.trigger_event(LetterNumberVoided, envelope=envelope, n=self.next, number=number, case=case, reason=reason)
