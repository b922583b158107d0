"""What falls due is raised by the service itself: once, also after a downtime, also by two processes at a time."""

from __future__ import annotations

import asyncio

import httpx

from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from tests.services.cases.desk import at
from tests.support import servers
from tests.support.waiting import until
from tests.system.cases.house import House, Intake, tips

LETTER_LEFT_ALONE = ["CaseOpened", "CaseTransferred", "CaseNotSignedFor", "CaseSignedFor"]


def raised(house: House) -> list[tuple[str, int]]:
    """(trigger, how often) of every case's escalations."""
    trigger = "convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'trigger'"
    query = f"""SELECT originator_id::text || ' ' || ({trigger}), count(*)
                FROM stored_events WHERE topic = 'cases.EscalationRaised' GROUP BY 1 ORDER BY 1"""
    return house.database.rows(query)


async def letters(house: House, number: int) -> list[str]:
    cases = [await house.open("office", unit="140525") for _ in range(number)]
    for case in cases:
        await house.give(case, "transfer", "director")
    return cases


def test_nothing_is_raised_early_and_everything_once_when_it_is_due(empty_house: House) -> None:
    empty_house.start()

    async def story() -> None:
        (case,) = await letters(empty_house, 1)
        await empty_house.passed("2022-01-25 23:59")
        assert empty_house.events(case) == ["CaseOpened", "CaseTransferred"]
        await empty_house.passed("2022-01-26 00:00")
        assert empty_house.events(case) == LETTER_LEFT_ALONE
        await empty_house.passed("2022-01-31 00:00")
        await empty_house.passed("2022-02-10 00:00")
        events = empty_house.events(case)
        by_the_office = "OfficeClockMissed"  # nobody was appointed: the director hears of it when it is noticed
        assert [name for name in events if name != by_the_office] == [*LETTER_LEFT_ALONE, *2 * ["EscalationRaised"]]
        assert events.count(by_the_office) == 1
        await empty_house.passed("2022-02-14 00:00")
        assert empty_house.events(case).count(by_the_office) == 3, "the task force; and the second escalation's"
        assert raised(empty_house) == [(f"{case} idle_after_acceptance", 1), (f"{case} overdue", 1)]
        shown = await empty_house.get(f"/api/cases/v1/cases/{case}")
        assert shown["escalations"] == ["idle_after_acceptance", "overdue"]

    asyncio.run(story())


def test_what_fell_due_while_the_service_was_down_is_raised_once_in_order_after_its_start(empty_house: House) -> None:
    process = empty_house.start()

    async def before() -> list[str]:
        return await letters(empty_house, 3)

    cases = asyncio.run(before())
    empty_house.kill(process)
    empty_house.clock.set(at("2022-02-20 09:00"))
    empty_house.start()
    asyncio.run(empty_house.passed("2022-02-20 09:00"))
    for case in cases:
        assert empty_house.events(case) == [*LETTER_LEFT_ALONE, "EscalationRaised"]
    assert {times for _, times in raised(empty_house)} == {1}
    assert len(raised(empty_house)) == 3, "overdue alone: no day is left for a step of which nobody could know"


def test_two_processes_raise_what_is_due_and_take_in_what_comes_exactly_once(
    empty_house: House, nats_server: EmbeddedNats
) -> None:
    other = free_port()
    empty_house.start()
    empty_house.start(port=other)

    async def story() -> None:
        bus = await servers.connect(nats_server.admin_url)
        await Intake(bus).triage(*tips(20))
        await until(lambda: empty_house.count("cases") == 20)
        cases = [row[0] for row in empty_house.database.rows("SELECT id::text FROM cases")]
        async with empty_house.client() as one, httpx.AsyncClient(base_url=f"http://127.0.0.1:{other}") as two:
            await asyncio.gather(
                *[
                    empty_house.insist(client, f"/api/cases/v1/cases/{case}/transfer", "director", f"t-{case}", {})
                    for case, client in zip(cases, [one, two] * 10, strict=True)
                ]
            )
        await empty_house.passed("2022-02-20 09:00")
        for case in cases:
            assert empty_house.events(case) == [*LETTER_LEFT_ALONE, "EscalationRaised"]
        assert {times for _, times in raised(empty_house)} == {1}
        numbers = {row[0] for row in empty_house.database.rows("SELECT letter FROM cases")}
        assert numbers == {f"（特设）移〔2022〕{n}号" for n in range(1, 21)}
        await empty_house.check_invariants(bus)
        await bus.close()

    asyncio.run(story())
