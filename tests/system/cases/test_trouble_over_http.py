"""Verification, doubt and what other services tell, on real servers: who sees what, what is raised, what closes."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import psycopg

from deploy.local.nats import EmbeddedNats
from shared.kernel.contracts.internal.assessment import BulletinPublished, FindingRecorded
from shared.kernel.contracts.internal.notify import DisclosurePublished
from tests.services.cases.desk import at
from tests.support import servers
from tests.support.refused import HTML, said, where
from tests.support.waiting import until
from tests.system.cases.house import CLEARED, STEP, House, Neighbour, token

BULLETIN = "0190a5c0-0000-7000-8000-00000000b001"
CASES = "/api/cases/v1/cases"
CHECKED: dict[str, Any] = {"text": "现场复核。", "evidence": ["核查记录 1"]}


async def idle(house: House) -> str:
    """A letter to 泽州 that nobody touched until it was escalated."""
    case = await house.open("office", unit="140525")
    await house.give(case, "transfer", "director")
    await house.passed("2022-01-26 00:00")  # deemed signed for
    await house.passed("2022-01-31 09:00")
    return case


async def closed(house: House) -> str:
    case = await house.open("office", unit="140525")
    await house.give(case, "transfer", "director")
    await house.give(case, "sign-for", "county")
    await house.give(case, "record-step", "county", **STEP)
    await house.give(case, "report-result", "principal", **CLEARED)
    await house.give(case, "review-result", "office")
    await house.give(case, "close", "director")
    return case


async def sees(house: House, who: str, case: str) -> bool:
    """Whether somebody finds a case in every way of looking: all must agree."""
    one = await house.ask("GET", f"{CASES}/{case}", who)
    history = await house.ask("GET", f"{CASES}/{case}/history", who)
    page = await house.ask("GET", f"/cases/{case}", who)
    listed = [row["case"] for row in (await house.get(CASES, who))["items"]]
    found = {one.status_code == 200, history.status_code == 200, page.status_code == 200, case in listed}
    assert len(found) == 1, (who, one.status_code, history.status_code, page.status_code, listed)
    return found.pop()


def rows_seen(house: House, own: str, units: str = "") -> tuple[int, int]:
    """How many cases and escalations the database itself shows to a unit."""
    with psycopg.connect(house.database.role("reader")) as connection:
        query = "SELECT set_config('bihuan.units', %s, true), set_config('bihuan.own', %s, true)"
        connection.execute(query, (units, own))
        counts = "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM escalations)"
        row = connection.execute(counts).fetchone()
    assert row is not None
    return row


def test_who_is_to_verify_a_case_sees_it_from_then_on_and_nobody_else_does(empty_house: House) -> None:
    empty_house.start()

    async def story() -> None:
        case = await idle(empty_house)
        assert [await sees(empty_house, who, case) for who in ("group", "other-group", "team")] == [True, False, False]
        assert rows_seen(empty_house, "g3") == (0, 0)
        told = await empty_house.get(f"{CASES}?escalated=open", "office")
        assert [row["case"] for row in told["items"]] == [case]
        await empty_house.give(case, "appoint-verification", "office", verifier="g3")
        assert [await sees(empty_house, who, case) for who in ("group", "other-group", "team")] == [True, True, False]
        assert not await sees(empty_house, "gaoping", case)
        assert rows_seen(empty_house, "g3") == (1, 1)
        assert (rows_seen(empty_house, "g4"), rows_seen(empty_house, "")) == ((0, 0), (0, 0))

        desk = (await empty_house.ask("GET", "/desk", "other-group")).text
        assert "待本组核查" in desk
        assert f"/cases/{case}" in desk
        async with httpx.AsyncClient(base_url=empty_house.url) as client:
            typed = {"found": "true", "text": "现场复核，仍未办理。", "evidence": "核查记录 1"}
            headers = {"Authorization": f"Bearer {token('other-group')}"}
            path = f"/cases/{case}/verify-escalation"
            unseen = await client.post(path, data=typed, headers=headers)
            told = await client.get(where(unseen), headers=headers | HTML)
            assert "还没有核对现在的内容" in said(told)
            shown = re.search(r'name="version" value="([0-9]+)"', told.text.partition(f'action="{path}"')[2])
            assert shown is not None
            answer = await client.post(path, data=typed | {"version": shown.group(1)}, headers=headers)
        assert answer.status_code == 303, answer.text
        assert empty_house.events(case)[-1] == "EscalationFound"
        assert await sees(empty_house, "other-group", case), "who verified a case may look it up"
        assert (await empty_house.get(f"{CASES}?escalated=open", "office"))["items"] == []
        assert len((await empty_house.get(f"{CASES}?escalated=any", "office"))["items"]) == 1
        assert await empty_house.rebuilt_differs() == {}

    asyncio.run(story())


def test_the_group_that_supervises_a_case_closely_sees_it(empty_house: House) -> None:
    empty_house.start()

    async def story() -> None:
        case = await empty_house.open("office", unit="140525")
        closely: dict[str, Any] = {"reason": "反复发生。", "measures": "驻点督导。", "recheck_by": "2022-03-10"}
        await empty_house.give(case, "start-key-supervision", "director", group="g3", **closely)
        assert await sees(empty_house, "other-group", case)
        assert "本组重点督导" in (await empty_house.ask("GET", "/desk", "other-group")).text
        await empty_house.give(case, "end-key-supervision", "other-group", conclusion="已到位。")

    asyncio.run(story())


def test_every_desk_shows_what_waits_there(empty_house: House) -> None:
    empty_house.start()

    async def desk(who: str) -> set[str]:
        answer = await empty_house.ask("GET", "/desk", who)
        assert answer.status_code == 200, answer.text
        return set(re.findall(r'<h2 id="([a-z-]+)">', answer.text))

    async def story() -> None:
        sent = await empty_house.open("office", unit="140525")
        await empty_house.give(sent, "transfer", "director")
        await empty_house.give(sent, "request-return", "county", reason="unclear", text="地址不清。")
        late = await empty_house.open("county")
        await empty_house.give(late, "request-extension", "county", until="2022-02-11", reason="等待检验报告。")
        doubted = await closed(empty_house)
        await empty_house.give(doubted, "suspect-false-closure", "group", source="group", **CHECKED)
        assert await desk("office") == {"returns", "extensions", "disclose"}
        assert await desk("director") == {"returns", "extensions", "disclose"}
        assert await desk("county") == {"reply", "sign-for", "handle"}
        await empty_house.give(doubted, "reply", "county", text="已停用。")
        assert "appoint" in await desk("office")
        await empty_house.give(doubted, "appoint-verification", "office")
        assert "verify" in await desk("group")
        assert "verifying" in await desk("office")
        assert "reply" not in await desk("county")
        for who in ("principal", "station", "taskforce", "auditor"):
            await desk(who)

    asyncio.run(story())


def test_a_doubted_closing_is_raised_once_after_the_right_of_reply_also_over_a_downtime(empty_house: House) -> None:
    process = empty_house.start()

    async def doubt() -> str:
        case = await closed(empty_house)
        await empty_house.give(case, "suspect-false-closure", "group", source="return_visit", **CHECKED)
        return case

    case = asyncio.run(doubt())
    empty_house.kill(process)
    empty_house.clock.set(at("2022-02-20 09:00"))
    empty_house.start()

    async def after() -> None:
        await empty_house.passed("2022-02-20 09:00")
        assert empty_house.events(case)[-2:] == ["FalseClosureSuspected", "EscalationRaised"]
        kinds = [item["type"].split(".")[2] for item in await empty_house.feed()]
        assert kinds[-2:] == ["CaseClosed", "EscalationRaised"]
        assert "FalseClosureSuspected" not in kinds

    asyncio.run(after())


def test_findings_become_cases_and_disclosures_and_bulletins_close_loops(
    empty_house: House, nats_server: EmbeddedNats
) -> None:
    empty_house.start()
    finding = "0190a5c0-0000-7000-8000-00000000f001"

    async def story() -> None:
        bus = await servers.connect(nats_server.admin_url)
        assessment, notify = Neighbour(bus, "assessment"), Neighbour(bus, "notify")
        now = at("2022-01-21 17:31")
        await assessment.tell(
            FindingRecorded(finding, "i-1", "140525", "g1", "安全阀未校验", found_at=now), finding, now
        )
        await until(lambda: empty_house.count("cases") == 1)
        assert empty_house.events(finding) == ["CaseOpened"]
        case = await closed(empty_house)
        shown = await empty_house.get(f"{CASES}/{case}")
        assert not shown["closed_loop"]
        assert len(shown["waits_for"]) == 2
        await notify.tell(DisclosurePublished("d-1", case, "140525", now), case, now)
        await assessment.tell(BulletinPublished(BULLETIN, "2022-01", now, (case, finding)), BULLETIN, now)
        await until(lambda: set(empty_house.events(case)) >= {"CaseDisclosed", "CaseAssessed"})
        shown = await empty_house.get(f"{CASES}/{case}")
        assert shown["closed_loop"]
        assert shown["waits_for"] == []
        assert empty_house.events(finding) == ["CaseOpened"]
        await empty_house.check_invariants(bus)
        await bus.close()

    asyncio.run(story())
