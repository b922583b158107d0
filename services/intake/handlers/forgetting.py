"""What *intake* keeps of a time that a restore took away: that there were tips.

Others were told of each, by its identifier; a receipt code follows from that and the pepper, so whoever holds one can
be told honestly that his tip was taken in and is lost. Its text was told to nobody. What came by another channel can be
asked for there once more: that is left to a person. Who reported on the web can only be waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.intake.domain.tip import Tip
from services.intake.receipts import ReceiptCodes
from shared.platform.clock import Clock
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from shared.platform.messaging.forgotten import Forgotten, Left

RECEIVED = "intake.TipReceived"
WEB = "web"
LOST_ON_THE_WEB = (
    "这件网上举报在恢复前已收到，内容没有保存下来，系统联系不到举报人：举报人用回执码查询时会看到是否要重新举报，"
    "只能等其重新举报，知悉后勾选即可"
)
LOST = "这件举报在恢复前已收到，内容没有保存下来：请向来件渠道重新取得并登记"


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Called once, before a timeline begins."""

    receipts: ReceiptCodes
    clock: Clock

    def __call__(self, session: Session, forgotten: Forgotten) -> Iterator[Left]:
        told: dict[UUID, dict[str, Any]] = {}
        for feed in ("public", "internal"):
            told |= {UUID(data["tip"]): data for data in forgotten.named("TipReceived", feed)}
        units = {
            UUID(data["tip"]): data["unit"]
            for data in forgotten.named("TipTriaged", "internal")
            if not data["against_officials"]
        }
        session.expect(told)
        for tip, data in told.items():
            if session.find(Tip, tip) is None and (tip, RECEIVED) not in forgotten.listed:
                session.write(
                    insert(
                        "forgotten_tips", key="lookup", lookup=self.receipts.lookup_of(tip), number=forgotten.number,
                        tip=tip, source=data["source"], unit=units.get(tip), received_at=data["received_at"],
                        lost_at=self.clock.now(),
                    )
                )  # fmt: skip
                yield Left(tip, RECEIVED, LOST_ON_THE_WEB if data["source"] == WEB else LOST)
