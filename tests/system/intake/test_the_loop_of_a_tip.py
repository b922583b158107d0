"""What *cases* tells about a tip's case, told on to the holder of the receipt; *cases* is a stand-in on the bus."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import httpx
from nats.aio.client import Client

from shared.kernel.contracts.internal import cases
from shared.kernel.contracts.steps import LoopStep, StepName, StepState
from shared.platform.event_store.ids import new_id
from tests.support.running import CasesFeed
from tests.support.servers import connect
from tests.system.intake.installation import Installation

NOON = datetime(2022, 1, 21, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DUE = datetime(2022, 2, 10, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TIPS, RECEIPTS = "/api/intake/v1/tips", "/api/intake/v1/receipts"
NAMES: tuple[StepName, ...] = get_args(StepName)


def steps(**changed: StepState) -> tuple[LoopStep, ...]:
    states: dict[str, StepState] = {"found": "done", "processed": "done", "transferred": "done", **changed}
    notes = {"transferred": "（特设）移〔2022〕17号", "escalated": "未按期办结"}
    return tuple(LoopStep(name, states.get(name, "due"), NOON, notes.get(name, "")) for name in NAMES)


def seen(visitor: httpx.Client, receipt: str, wanted: Any) -> dict[str, Any]:
    """The receipt once `wanted` of it is true; whatever it is after half a minute."""
    deadline = time.monotonic() + 30
    while True:
        found: dict[str, Any] = visitor.get(f"{RECEIPTS}/{receipt}").json()
        if wanted(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def say(installation: Installation, feed: CasesFeed, *contracts: Any) -> None:
    """Let the stand-in speak."""

    async def speak() -> None:
        async with await connect(installation.nats.admin_url) as feed.client:
            await feed.say(*contracts, at=NOON)

    asyncio.run(speak())


def test_the_receipt_shows_the_loop_of_the_case_the_unit_and_by_when_it_answers(
    installation: Installation, visitor: httpx.Client
) -> None:
    given = visitor.post(TIPS, json={"text": "泽州县巴公镇的充装站充装超期未检的液化气瓶"}).json()
    common: dict[str, Any] = {"case": str(new_id()), "unit": "140525"}
    another: dict[str, Any] = {"case": str(new_id()), "unit": "140581", "state": "opened", "tip": None}
    feed = CasesFeed(Client())
    say(
        installation,
        feed,
        cases.CaseOpened(**common, state="opened", origin="tip", tip=given["tip"], opened_at=NOON),
        cases.CaseOpened(**another, origin="inspection", opened_at=NOON),
        cases.LoopMoved(**another, version=1, steps=steps()),
        cases.CaseTransferred(
            **common, state="transferred", letter="（特设）移〔2022〕17号", transferred_at=NOON, sign_for_due=DUE,
            feedback_due=DUE,
        ),
        cases.LoopMoved(**common, state="transferred", tip=given["tip"], version=2, steps=steps()),
    )  # fmt: skip
    found = seen(visitor, given["receipt"], lambda one: one["due"] is not None)
    assert found["due"] == "2022-02-09T23:59:59+08:00"
    assert found["unit"]["code"] == "140525"
    assert [step["state"] for step in found["loop"]] == ["done", "done", "done", "due", "due", "due", "due"]
    assert "移〔2022〕17号" not in str(found)

    say(
        installation,
        feed,
        cases.LoopMoved(**common, state="handling", tip=given["tip"], version=3, steps=steps(escalated="alarm")),
        cases.CaseReopened(**common, state="handling", feedback_due=DUE + timedelta(days=1)),
    )
    found = seen(visitor, given["receipt"], lambda one: one["due"].startswith("2022-02-10"))
    assert found["loop"][4] == {"step": "escalated", "state": "alarm", "when": NOON.isoformat(), "note": "未按期办结"}
    assert found["due"] == "2022-02-10T23:59:59+08:00"
