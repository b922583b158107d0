"""Whatever the page of what a restore has left says is said in English as well."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from services.cases import app as cases
from services.cases.handlers import forgetting, taking_back
from services.intake import app as intake
from services.intake.handlers import forgetting as forgotten_tips
from services.notify import app as notify
from services.notify.handlers import taking_back as no_longer_told
from shared.kernel.contracts import SERVICES
from shared.kernel.restored import PLACES, Restored
from shared.platform.messaging.left import Row
from shared.platform.messaging.turning_back import NOBODY_KNOWS_HOW
from tests.support import catalogues
from tests.support.in_memory import CAMPAIGN

SAID = {
    "cases": {
        *(words for words, _ in cases.KINDS.values()), forgetting.DISPATCHED, forgetting.TWICE, forgetting.UNREADABLE,
        taking_back.SOMEBODY_ACTED, taking_back.PAPER, taking_back.ITEM, taking_back.OTHERWISE,
    },
    "intake": {*(words for words, _ in intake.KINDS.values()), forgotten_tips.LOST, forgotten_tips.LOST_ON_THE_WEB},
    "notify": {
        *(words for words, _ in notify.KINDS.values()), no_longer_told.SENT, no_longer_told.PUBLISHED,
        no_longer_told.DATES,
    },
    "assessment": set[str](),
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_every_reason_and_every_kind_has_its_english(service: str) -> None:
    assert SAID[service] | {NOBODY_KNOWS_HOW} <= catalogues.english(catalogues.of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_page_and_each_page_leads_to_all(service: str) -> None:
    spoken = {
        msgid for path in catalogues.of(service) for context, msgid in catalogues.messages(path) if context == "nav"
    }
    assert {place.label for place in PLACES.values()} <= spoken
    assert set(PLACES) == set(SERVICES)


def test_only_what_the_service_still_knows_has_the_address_of_a_page() -> None:
    engine: Any = SimpleNamespace(settings=SimpleNamespace(service="cases"), clock=SimpleNamespace(now=None))
    restored = Restored(engine, CAMPAIGN, cases.KINDS)
    known, forgotten = UUID(int=1), UUID(int=2)

    def address(stream: UUID) -> str | None:
        row = cast(Row, SimpleNamespace(stream=stream, kind="cases.CaseTransferred"))
        return cast("str | None", restored._line(row, {known: ("充装站",)})["href"])

    assert address(known) == f"/cases/{known}"
    assert address(forgotten) is None
