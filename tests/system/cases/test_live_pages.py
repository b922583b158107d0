"""A live page hears of what any process commits, and does not hold up the end of its own."""

from __future__ import annotations

import asyncio
import time

import httpx

from deploy.local.ports import free_port
from tests.support.waiting import until
from tests.system.cases.house import House, token

ENDS_WITHIN = 4.0


def test_an_open_page_hears_what_another_process_commits_and_ends_when_its_service_stops(empty_house: House) -> None:
    other = free_port()
    empty_house.start(port=other)
    process = empty_house.start()

    async def story() -> None:
        case = await empty_house.open()
        heard: list[str] = []

        async def page() -> None:
            headers = {"Authorization": f"Bearer {token('county')}"}
            async with (
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{other}", timeout=30) as client,
                client.stream("GET", f"/cases/{case}/live", headers=headers) as answer,
            ):
                assert answer.status_code == 200
                async for line in answer.aiter_lines():
                    heard.append(line)

        reading = asyncio.create_task(page())
        await until(lambda: ": following" in heard)
        await asyncio.sleep(0.5)  # it has looked once
        await empty_house.give(case, "record-step", "county", step="site_inspection", text="已到现场。", evidence=["1"])
        await until(lambda: "data: 2" in heard, 3)
        began = time.monotonic()
        empty_house.processes[0].terminate()
        await asyncio.wait_for(reading, ENDS_WITHIN)
        await asyncio.to_thread(empty_house.processes[0].wait, ENDS_WITHIN)
        assert time.monotonic() - began < ENDS_WITHIN

    asyncio.run(story())
    assert process.poll() is None
