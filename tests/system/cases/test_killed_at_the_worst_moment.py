"""kill -9, at random and between any two things that should be one, while people work and tips come in.

Clients repeat what was not answered, with the same key. Afterwards: every answered command has exactly its events (I1),
versions have no gap (I2), every tip is one case (I3), the list is what the events say (I4), the bus carries what the
feed does (I6).
"""

from __future__ import annotations

import asyncio
import subprocess
from functools import partial
from typing import Any

import pytest

from deploy.local.nats import EmbeddedNats
from tests.support import servers
from tests.support.crashing_service import POINTS
from tests.support.waiting import until
from tests.system.cases.house import CLEARED, STEP, House, Intake, tips

CASES = "/api/cases/v1/cases"
CRASHER = "tests.support.crashing_service"
LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("record-step", "county", STEP),
    ("remark", "county", {"text": "已联系企业。"}),
    ("report-result", "principal", CLEARED),
    ("review-result", "office", {}),
    ("close", "director", {}),
    ("reopen", "director", {"reason": "回访不属实。"}),
)
OPENED, LIFE_LONG = 1, len(LIFE)
DEATHS = {
    "written, not committed": 4,
    "commit sent, not answered": 4,
    "committed, nobody told": 4,
    "published, position not stored": 2,
    "received, not taken in": 1,
}
"""Point → which passing of it kills."""


async def work(house: House, clerk: int, cases: int) -> list[str]:
    """One clerk takes `cases` cases through LIFE, insisting on every answer; their identifiers."""
    opened = []
    async with house.client() as client:
        for n in range(cases):
            key = f"{clerk}-{n}"
            told = await house.insist(client, CASES, "county", key, {"matter": "气瓶未检"})
            case = str(told["case"])
            for version, (command, by, body) in enumerate(LIFE, 2):
                told = await house.insist(client, f"{CASES}/{case}/{command}", by, f"{key}-{command}", body)
                assert told["version"] == version, "an answer is the answer to this command"
            opened.append(case)
    return opened


async def keep_alive(house: House, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Wait for the death of the process, then start *cases* as it is."""
    await until(lambda: process.poll() is not None)
    return await asyncio.to_thread(house.start)


async def check(house: House, intake: Intake, cases: list[str]) -> None:
    await until(lambda: house.count("cases") == len(cases) + intake.sent)
    for case in cases:
        assert len(house.events(case)) == OPENED + LIFE_LONG
    repeated = """SELECT convert_from(state, 'UTF8')::jsonb ->> 'command_key', count(*) FROM stored_events
                  GROUP BY 1 HAVING count(*) > 1"""
    assert house.database.rows(repeated) == [], "I1"
    assert house.count("dead_letters") == 0
    await house.check_invariants(intake.bus)


@pytest.mark.parametrize(("point", "passing"), DEATHS.items())
def test_a_service_that_dies_between_two_things_has_done_both_or_neither(
    empty_house: House, nats_server: EmbeddedNats, point: str, passing: int
) -> None:
    process = empty_house.start((CRASHER, point, str(passing)))

    async def story() -> None:
        bus = await servers.connect(nats_server.admin_url)
        intake = Intake(bus)
        reviver = asyncio.create_task(keep_alive(empty_house, process))
        clerks = [asyncio.create_task(work(empty_house, clerk, 2)) for clerk in range(3)]
        await intake.triage(*tips(4))
        await reviver
        await check(empty_house, intake, [case for opened in await asyncio.gather(*clerks) for case in opened])
        await bus.close()

    asyncio.run(story())
    assert process.returncode == -9


def test_every_named_point_is_tried() -> None:
    assert DEATHS.keys() == set(POINTS)


def test_a_service_killed_again_and_again_under_load_loses_and_doubles_nothing(
    empty_house: House, nats_server: EmbeddedNats
) -> None:
    def answered(enough: int) -> bool:
        return empty_house.answers >= enough

    async def story() -> None:
        bus = await servers.connect(nats_server.admin_url)
        intake = Intake(bus)
        process = await asyncio.to_thread(empty_house.start)
        clerks = [asyncio.create_task(work(empty_house, clerk, 4)) for clerk in range(8)]
        for answers in (40, 150):
            await until(partial(answered, answers))
            await intake.triage(*tips(6)[intake.sent : intake.sent + 3])
            empty_house.kill(process)
            process = await asyncio.to_thread(empty_house.start)
        await check(empty_house, intake, [case for opened in await asyncio.gather(*clerks) for case in opened])
        await bus.close()

    asyncio.run(story())
    assert empty_house.answers == 8 * 4 * (OPENED + LIFE_LONG)
