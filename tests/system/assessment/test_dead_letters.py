"""An event that a service cannot take in waits for an operator, who replays it in order once the cause is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local.nats import EmbeddedNats
from services.assessment.app import create_app
from services.assessment.config import Config
from services.assessment.projections import PROJECTOR
from shared.kernel.contracts.internal import cases
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Received, Show
from tests.support import life, running
from tests.support.life import GAOPING, OPENED
from tests.support.running import CasesFeed, Running, ServiceDatabase, case_id

SICK, WELL = case_id(1), case_id(2)
LETTERS = "/api/assessment/v1/dead-letters"


class NotYetMended(Exception):
    """What a defect of ours would raise."""


class Defect:
    """What fails on the letter of the sick case until it is mended."""

    def __init__(self, handle: Show) -> None:
        self._handle = handle
        self.mended = False

    def __call__(self, session: Session, event: Any, received: Received) -> None:
        if isinstance(event, cases.CaseTransferred) and event.case == SICK and not self.mended:
            raise NotYetMended("no such column")
        self._handle(session, event, received)


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> Defect:
    found = Defect(PROJECTOR.take_in)
    monkeypatch.setattr(PROJECTOR, "take_in", found)
    return found


@pytest.fixture
async def assessment(
    defect: Defect, own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> AsyncIterator[Running]:
    """The service with a defect in it; `defect` comes first, because handlers are chosen at the start."""
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as service:
        yield service


async def poisoned(service: Running) -> None:
    """The second of the sick case's four events fails; another case's events come in between and after."""
    feed = service.feed
    await feed.say(life.opened(SICK), life.opened(WELL, GAOPING), life.transferred(SICK), at=OPENED)
    await feed.say(life.transferred(WELL, GAOPING), life.signed_for(SICK), life.signed_for(WELL, GAOPING), at=OPENED)
    await feed.say(life.moved(SICK), life.reported(SICK), life.reported(WELL, GAOPING), at=OPENED)
    await service.caught_up()


def facts(service: Running, case: str) -> tuple[Any, ...]:
    query = """SELECT state, letter IS NOT NULL, signed_for_at IS NOT NULL, reported_at IS NOT NULL
               FROM case_facts WHERE case_id = %s"""
    return service.database.rows(query, (case,))[0]


async def post(service: Running, path: str, role: str = "admin") -> tuple[int, Any]:
    async with service.client(role) as client:
        answer = await client.post(path)
    return answer.status_code, answer.json()


async def test_a_poison_event_parks_its_case_and_no_other(assessment: Running) -> None:
    await poisoned(assessment)
    assert facts(assessment, SICK) == ("opened", False, False, False)
    assert facts(assessment, WELL) == ("reported", True, True, True)
    found = (await assessment.get(LETTERS))["items"]
    assert [(one["sequence"], one["name"], one["case"]) for one in found] == [
        (3, "CaseTransferred", SICK), (5, "CaseSignedFor", SICK), (8, "ResultReported", SICK),
    ]  # fmt: skip
    assert found[0]["reason"] == "NotYetMended: no such column"
    assert found[1]["reason"] == "an earlier event of this case is parked"


async def test_an_operator_sees_the_whole_event(assessment: Running) -> None:
    await poisoned(assessment)
    letter = await assessment.get(f"{LETTERS}/cases/3")
    assert letter["event"]["type"] == "bihuan.cases.CaseTransferred.v1"
    assert letter["event"]["data"]["letter"] == "（特设）移〔2022〕17号"
    assert letter["replayed"] is None


async def test_once_the_handler_is_mended_a_replay_brings_every_effect_in_order_and_the_case_flows_again(
    assessment: Running, defect: Defect
) -> None:
    await poisoned(assessment)
    defect.mended = True
    told = await post(assessment, f"{LETTERS}/cases/3/replay")
    assert told == (200, {"producer": "cases", "case": SICK, "replayed": [3, 5, 8], "failed": None, "left": 0})
    assert facts(assessment, SICK) == ("reported", True, True, True)
    assert (await assessment.get(LETTERS))["items"] == []
    assert len((await assessment.get(f"{LETTERS}?all=true"))["items"]) == 3

    await assessment.feed.say(life.closed(SICK), at=OPENED)
    await assessment.caught_up()
    assert facts(assessment, SICK)[0] == "closed"
    assert len((await assessment.get(f"{LETTERS}?all=true"))["items"]) == 3


async def test_while_the_handler_still_fails_a_replay_says_why_and_everything_stays_parked_in_order(
    assessment: Running, defect: Defect
) -> None:
    await poisoned(assessment)
    status, told = await post(assessment, f"{LETTERS}/cases/8/replay")
    assert (status, told["replayed"], told["left"]) == (200, [], 3)
    assert told["failed"] == {"sequence": 3, "reason": "NotYetMended: no such column"}
    await assessment.feed.say(life.closed(SICK), at=OPENED)
    await assessment.caught_up()
    assert facts(assessment, SICK) == ("opened", False, False, False)
    assert [one["sequence"] for one in (await assessment.get(LETTERS))["items"]] == [3, 5, 8, 10]

    defect.mended = True
    assert (await post(assessment, f"{LETTERS}/cases/10/replay"))[1]["replayed"] == [3, 5, 8, 10]
    assert facts(assessment, SICK)[0] == "closed"


async def test_what_happens_to_a_case_while_it_is_replayed_comes_after_what_waited(
    assessment: Running, defect: Defect
) -> None:
    """The case is reported and rejected again and again meanwhile; only the right order ends with what came last."""
    await poisoned(assessment)
    defect.mended = True
    rounds = [life.rejected(SICK), life.reported(SICK)] * 20
    replaying = asyncio.create_task(post(assessment, f"{LETTERS}/cases/3/replay"))
    for event in [*rounds, life.reviewed(SICK), life.closed(SICK)]:
        await assessment.feed.say(event, at=OPENED)
    status, told = await replaying
    assert (status, told["failed"], told["left"]) == (200, None, 0)
    assert told["replayed"][:3] == [3, 5, 8]
    await assessment.caught_up()
    assert facts(assessment, SICK) == ("closed", True, True, True)
    assert (await assessment.get(LETTERS))["items"] == []


async def test_a_case_stays_parked_over_a_restart_and_can_be_replayed_after_it(
    defect: Defect, own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> None:
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as first:
        await poisoned(first)
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as again:
        await feed.say(life.reviewed(SICK), at=OPENED)
        await again.caught_up()
        assert facts(again, SICK)[0] == "opened"
        defect.mended = True
        assert (await post(again, f"{LETTERS}/cases/3/replay"))[1]["replayed"] == [3, 5, 8, 10]
        assert facts(again, SICK)[0] == "reviewed"


async def test_the_very_first_event_of_a_feed_is_not_passed_over_when_it_fails(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> None:
    """It waits on the bus together with the next, and there is no position yet that the next could be held against."""
    await feed.say(life.opened("not-a-case"), life.opened(WELL, GAOPING), at=OPENED)
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed) as service:
        await service.caught_up()
        assert [one["sequence"] for one in (await service.get(LETTERS))["items"]] == [1]
        assert facts(service, WELL)[0] == "opened"


async def test_a_letter_is_replayed_once(assessment: Running, defect: Defect) -> None:
    await poisoned(assessment)
    defect.mended = True
    await post(assessment, f"{LETTERS}/cases/3/replay")
    status, told = await post(assessment, f"{LETTERS}/cases/3/replay")
    assert (status, told["rule"]) == (409, "a_dead_letter_is_replayed_once")


async def test_a_letter_that_does_not_exist_is_not_found(assessment: Running) -> None:
    assert (await post(assessment, f"{LETTERS}/cases/3/replay"))[0] == 404
    assert (await post(assessment, f"{LETTERS}/intake/3/replay"))[0] == 404


@pytest.mark.parametrize("role", ["office", "director", "auditor", "county"])
async def test_only_an_administrator_looks_at_dead_letters_and_replays_them(assessment: Running, role: str) -> None:
    await poisoned(assessment)
    async with assessment.client(role) as client:
        for path in (LETTERS, f"{LETTERS}/cases/3"):
            assert (await client.get(path)).status_code == 403
        assert (await client.post(f"{LETTERS}/cases/3/replay")).status_code == 403
    assert len((await assessment.get(LETTERS))["items"]) == 3


async def test_a_long_list_goes_on_page_by_page(assessment: Running) -> None:
    await poisoned(assessment)
    first = await assessment.get(f"{LETTERS}?limit=2")
    rest = await assessment.get(f"{LETTERS}?limit=2&cursor={first['next']}")
    assert [one["sequence"] for one in first["items"] + rest["items"]] == [3, 5, 8]
    assert rest["next"] is None
