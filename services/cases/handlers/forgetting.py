"""What *cases* keeps of a time that a restore took away: the numbers of its letters.

A letter that was dispatched in that time lies in a county, and its number must not come again on another. So the
register voids every number up to the highest that was told, before any other is given in the new timeline. A letter of
which nothing is known any more is left to the office, and so are both letters where the number was given again before
the relay had seen what the bus knows. Where a letter is against officials of a unit and its case is forgotten, nobody
who has a seat there can be kept from the list any more: it then names no addressee.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.cases.domain.letter_register import LetterRegister
from services.cases.letters import register_place
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.kernel.names import place_name
from shared.platform.clock import Clock
from shared.platform.event_store.session import Session
from shared.platform.messaging.forgotten import Forgotten, Left

USED = "该文号在恢复前的一段时间内已用于另一份交办书"
NOT_TOLD = "该文号在恢复前的一段时间内可能已用于另一份交办书"
DISPATCHED = "这份交办书在恢复前已经发出，系统已无记录，文号不再使用：请与收文单位核对，收回原件后另行签发"
TWICE = "恢复前后发出的两份交办书用了同一文号：请与收文单位核对，收回其中一份，另行签发"
UNREADABLE = "恢复前发出的交办书，文号不是现行写法，未能作废：请核对是否会重号"
TRANSFERRED, NUMBERED = "cases.CaseTransferred", "cases.LetterNumbered"


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Called once, before a timeline begins."""

    campaign: Campaign
    clock: Clock

    def __call__(self, session: Session, forgotten: Forgotten) -> Iterator[Left]:
        told = {
            data["letter"]: data
            for feed in ("public", "internal")
            for data in forgotten.named("CaseTransferred", feed)
        }  # fmt: skip
        concerned = {data["case"] for data in forgotten.named("CaseOpened", "internal") if data["concerned"]}
        told = {number: data | {"unit": None} if data["case"] in concerned else data for number, data in told.items()}
        registers: dict[tuple[str, int], dict[int, dict[str, Any]]] = {}
        for number, data in told.items():
            place = register_place(self.campaign, number)
            if place is None:
                yield self._left(data, UNREADABLE)
            else:
                form, year, n = place
                registers.setdefault((form, year), {})[n] = data
        for (form, year), letters in sorted(registers.items()):
            yield from self._void(session, forgotten, form, year, letters)

    def _void(
        self, session: Session, forgotten: Forgotten, form: str, year: int, letters: dict[int, dict[str, Any]]
    ) -> Iterator[Left]:
        id_ = LetterRegister.id_of(self.campaign.id, form, year)
        rule = "a_number_told_before_a_restore_is_not_given_again"
        envelope = by_rule(self.campaign, rule, self.clock.now(), forgotten.cause, str(id_))
        register = session.find(LetterRegister, id_)
        if register is None:
            register = LetterRegister.open(envelope, self.campaign.id, form, year)
        for n, data in sorted(letters.items()):
            holder = register.holder(n)
            yield self._left(data, TWICE if holder else DISPATCHED)
            if holder is not None and holder != data["case"]:
                yield Left(UUID(holder), NUMBERED, TWICE, data["letter"])
        while register.next <= max(letters):
            number = self.campaign.letter_number(form, year, register.next)
            known = letters.get(register.next)
            register.void(envelope, number, known["case"] if known else None, USED if known else NOT_TOLD)
        session.save(register)

    def _left(self, data: dict[str, Any], reason: str) -> Left:
        about = data["letter"]
        if data["unit"] is not None:
            about += f"（{place_name(self.campaign, data['unit']) or data['unit']}）"
        return Left(UUID(data["case"]), TRANSFERRED, reason, about)
