"""Commitments on real servers: two processes hear the same cases, and a county reads what it is held to."""

from __future__ import annotations

from deploy.local.nats import EmbeddedNats
from services.assessment.app import create_app
from services.assessment.config import Config
from tests.services.assessment.contradicting import closed
from tests.support import running
from tests.support.life import ZEZHOU
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase, case_id
from tests.support.waiting import until
from tests.system.assessment.bureau import at, give, page

CASE, OTHER = case_id(1), case_id(2)


async def test_a_commitment_is_broken_once_by_whichever_process_hears_of_it_and_lifted_once(
    campaign: Running, clock: Clock, own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> None:
    async with running.running(create_app, Config, "assessment", own_database, nats_server, feed):
        clock.set(at("2021-12-31 10:00"))
        status, _ = await give(campaign, f"/commitments/{ZEZHOU}/2021-12/sign", "principal", ZEZHOU)
        assert status == 200
        clock.set(at("2022-02-01 10:00"))
        await feed.say(closed(CASE), closed(OTHER), at=at("2022-02-01 09:00"))
        await campaign.caught_up()
        names = "SELECT name FROM public_events WHERE name LIKE 'CommitmentBr%%'"
        assert [name for (name,) in campaign.database.rows(names)] == ["CommitmentBroken"] * 2
        missed = "SELECT 1 FROM public_events WHERE name = 'CommitmentMissed'"
        await until(lambda: campaign.database.rows(missed) != [])  # a clock's doing, at a moment of its own
        shown = await page(campaign, f"/assessment/filings/{ZEZHOU}", "principal", ZEZHOU)
        assert f'href="/cases/{OTHER}"' in shown
        assert "虚假承诺：依法追溯相关责任" in shown
        assert "承诺事项未兑现：依法追溯相关责任" in shown, "January's was missed, which counts the same"
        await feed.say(closed(CASE, "not_borne_out"), closed(OTHER, "not_borne_out"), at=at("2022-02-01 09:30"))
        await campaign.caught_up()
        await until(lambda: len(campaign.database.rows(names)) == 4)
        assert "虚假承诺" not in await page(campaign, f"/assessment/filings/{ZEZHOU}", "principal", ZEZHOU)
