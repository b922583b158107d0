"""When the bus is away, and when what comes from it is bad."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import nats
import pytest

from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from deploy.nats.config import inbox_prefix
from shared.platform.event_store import canonical
from tests.services.cases.desk import triaged
from tests.support import servers
from tests.support.bus import kill
from tests.support.waiting import until
from tests.system.cases.conftest import build
from tests.system.cases.house import House, Intake, tips

POSITION = "FROM consumer_positions WHERE producer = 'intake'"


class Forger(Intake):
    """Speaks as *intake* does, without the keys of its events."""

    def headers(self, body: bytes) -> dict[str, str]:
        return {"Nats-Msg-Id": f"{self.service}:int:{self.sent}"}


@pytest.fixture
def own_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """A bus that this test may kill."""
    with EmbeddedNats(tmp_path_factory.mktemp("own-nats")) as server:
        yield server


def test_people_work_on_while_the_bus_is_down_and_the_bus_catches_up(
    postgres: EmbeddedPostgres, own_bus: EmbeddedNats, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = build(postgres, own_bus, tmp_path_factory)
    house.start()

    async def story() -> None:
        await house.open()
        kill(own_bus)
        cases = [await house.open() for _ in range(5)]
        for case in cases:
            await house.give(case, "remark", "county", text="总线不在，照常办理。")
        assert len(await house.feed()) == 6
        answer = await house.ask("GET", "/ready", "auditor")
        assert answer.status_code == 503
        await asyncio.to_thread(own_bus.start)
        bus = await servers.connect(own_bus.admin_url)
        await house.check_invariants(bus)
        await Intake(bus).triage(*tips(2))
        await until(lambda: house.count("cases") == 8)
        await bus.close()

    asyncio.run(story())
    house.stop()
    servers.drop(house.database)


async def test_a_tip_that_cannot_be_read_is_put_aside_and_the_others_become_cases(house: House, intake: Intake) -> None:
    first, second, third = tips(3)
    await intake.triage(first)
    await intake.say("TipTriaged", "bad", canonical.encode({"tip": "bad"}), second.triaged_at)
    await intake.say("TipHummed", second.tip, canonical.encode({"tune": "unknown"}), second.triaged_at)
    await intake.triage(second, third)
    await until(lambda: house.count("cases") == 3)
    assert house.database.rows("SELECT producer, sequence, name, partitionkey FROM dead_letters") == [
        ("intake", 2, "TipTriaged", "bad")
    ]


async def test_what_is_said_with_a_neighbours_credentials_alone_opens_no_case(
    house: House, intake: Intake, nats_server: EmbeddedNats
) -> None:
    forged, genuine = (triaged(tip=f"0190a5c0-0000-7000-8000-00000000008{n}") for n in (1, 2))
    intake.sent = house.database.one(f"SELECT coalesce(max(sequence), 0) {POSITION}")
    seed, inbox = str(nats_server.seed_file("intake")), inbox_prefix("intake").encode()
    thief = Forger(await nats.connect(nats_server.url, nkeys_seed=seed, inbox_prefix=inbox), sent=intake.sent)
    await thief.triage(forged)
    await intake.triage(genuine)
    query = "SELECT tip::text FROM cases WHERE tip = ANY(%s)"
    found = await until(lambda: house.database.rows(query, ([forged.tip, genuine.tip],)))
    assert found == [(genuine.tip,)]
    await thief.bus.close()


async def test_a_tip_against_officials_is_seen_by_the_city_and_never_by_their_county(
    house: House, intake: Intake
) -> None:
    tip = triaged(tip="0190a5c0-0000-7000-8000-000000000099", against_officials=True)
    intake.sent = house.database.one("SELECT sequence FROM consumer_positions WHERE producer = 'intake'")
    await intake.triage(tip)
    query = "SELECT id::text FROM cases WHERE tip = %s"
    ((case,),) = await until(lambda: house.database.rows(query, (tip.tip,)))
    for by in ("county", "principal", "station", "group"):
        assert (await house.ask("GET", f"/api/cases/v1/cases/{case}", by)).status_code == 404
        assert case not in str(await house.get("/api/cases/v1/cases", by))
        assert case not in str(await house.feed(by))
    assert (await house.get(f"/api/cases/v1/cases/{case}", "director"))["unit"] == "enforcement-team"
    assert (await house.give(case, "transfer", "director"))["unit"] == "enforcement-team"
    assert (await house.ask("POST", f"/api/cases/v1/cases/{case}/sign-for", "county", json={})).status_code == 404
