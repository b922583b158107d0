"""The register of letter numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.cases.domain.letter_register import LetterRegister


@stored("cases.LetterRegisterOpened")
class LetterRegisterOpened(EnvelopedCreation):
    """The first letter of an office in a year needs a register."""

    aggregate_topic = "cases.LetterRegister"
    form: str
    year: int

    def apply(self, register: LetterRegister) -> None:
        register.form = self.form
        register.year = self.year


@stored("cases.LetterNumbered")
class LetterNumbered(EnvelopedEvent):
    """The next number was given to a case. Numbers are gapless and never used again."""

    n: int
    number: str
    case: str

    def apply(self, register: LetterRegister) -> None:
        register.holders.append(self.case)


@stored("cases.LetterNumberVoided")
class LetterNumberVoided(EnvelopedEvent):
    """The next number is never given: it may be on a letter of which the database knows nothing, that of `case` where
    that is known."""

    n: int
    number: str
    case: str | None
    reason: str

    def apply(self, register: LetterRegister) -> None:
        register.holders.append("")
