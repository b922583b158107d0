"""Reminders by mail on real servers: sent once, recorded, tried again when the mail server is back, readable always."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.nats import EmbeddedNats
from deploy.local.ports import free_port
from services.notify.app import create_app
from services.notify.config import Config, MailServer
from shared.platform.messaging.settings import Settings
from tests.services.notify import trouble
from tests.services.notify.mailbox import SENDER, Box, serving
from tests.support import life, running
from tests.support.life import GAOPING, OPENED, SHANGHAI, TRANSFERRED, ZEZHOU
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase, case_id
from tests.support.waiting import until

CASE = case_id(1)
LATE = datetime(2022, 2, 12, 0, 0, tzinfo=SHANGHAI)  # the night to a Saturday
MORNING = datetime(2022, 2, 14, 9, 0, tzinfo=SHANGHAI)
NEXT_MORNING = datetime(2022, 1, 21, 9, 0, tzinfo=SHANGHAI)
"""The one after `OPENED`."""
STATES = "SELECT state, count(*) FROM notices WHERE unit <> 'city' GROUP BY 1 ORDER BY 1"
"""What has become of the mails to units; the office has its own, of the weekly disclosure."""
LIST = "/api/notify/v1/reminders?state=sent"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def notify(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock, port: int
) -> AsyncIterator[Running]:
    async with mailing(own_database, nats_server, feed, port) as service:
        yield service


@asynccontextmanager
async def mailing(
    database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, port: int
) -> AsyncIterator[Running]:
    def config(settings: Settings, key: bytes) -> Config:
        return Config(settings, key, MailServer("127.0.0.1", port, False, SENDER))

    async with running.running(create_app, config, "notify", database, nats_server, feed) as service:
        yield service


async def escalated(notify: Running, clock: Clock) -> None:
    """The principal is told, and with that a mail waits."""
    await notify.feed.say(life.opened(CASE), at=OPENED)
    await notify.feed.say(life.transferred(CASE), life.signed_for(CASE), at=TRANSFERRED)
    await notify.feed.say(life.reported(CASE), at=TRANSFERRED)  # so that nothing else is reminded of
    clock.set(LATE)
    await notify.feed.say(life.escalated(CASE), at=LATE)
    await notify.caught_up()


async def on_the_next_morning(service: Running, clock: Clock, number: int) -> None:
    """Once so many mails wait, it is the morning on which they may go out."""
    await until(lambda: service.database.rows(STATES) == [("waiting", number)])
    clock.set(NEXT_MORNING)


async def mails(notify: Running) -> list[Any]:
    return [one["mail"] for one in (await notify.get(LIST, "office"))["items"] if one["unit"] != "city"]


def to_units(box: Box) -> list[EmailMessage]:
    """What was taken of mails to units, by address."""
    found = [message for message in box.messages if not str(message["To"]).startswith("office")]
    return sorted(found, key=lambda message: str(message["To"]))


async def test_a_reminder_reaches_the_principal_once(notify: Running, clock: Clock, port: int) -> None:
    box = Box()
    with serving(box, port):
        await escalated(notify, clock)
        assert await mails(notify) == ["waiting"], "read on the desk at once, and mailed when people are up"
        clock.set(MORNING)

        async def sent() -> bool:
            return await mails(notify) == ["sent"]

        await until(sent)
    to_deputy, message = to_units(box)
    assert parsedate_to_datetime(message["Date"]) == MORNING
    assert (to_deputy["To"], message["To"]) == ("zezhou-deputy@jincheng.example", "zezhou@jincheng.example")
    assert message["Subject"] == "【闭环】未按期办结"
    assert f"http://bihuan.example/cases/{CASE}" in message.get_content()
    query = "SELECT id FROM notices WHERE recipients = '[\"p-zezhou\"]'"
    assert message["Message-ID"] == f"<{notify.database.one(query)}@jincheng.example>"


async def test_danger_to_life_is_mailed_on_new_years_night(notify: Running, clock: Clock, port: int) -> None:
    box, night = Box(), datetime(2022, 1, 1, 0, 0, tzinfo=SHANGHAI)
    clock.set(night)
    with serving(box, port):
        for n in (1, 2):
            await notify.feed.say(life.opened(case_id(n), danger=n == 2), life.escalated(case_id(n)), at=night)
        await until(lambda: notify.database.rows(STATES) == [("sent", 2), ("waiting", 2)])
    assert [case_id(2) in message.get_content() for message in box.messages] == [True, True]


async def test_a_dead_mail_server_stops_nothing_and_the_mail_goes_out_when_it_is_back(
    notify: Running, clock: Clock, port: int
) -> None:
    await escalated(notify, clock)
    clock.set(MORNING)

    async def failed() -> bool:
        return await mails(notify) == ["failed"]

    await until(failed)
    (one,) = (await notify.get(LIST, "principal", ZEZHOU))["items"]
    assert "提级核查" in one["text"], "readable all the same"
    assert (await notify.get("/ready", role=None))["status"] == "ready"
    async with notify.client() as client:
        assert 'bihuan_mails_total{outcome="failed"}' in (await client.get("/metrics")).text
    box = Box()
    with serving(box, port):
        clock.set(MORNING + timedelta(minutes=2))
        await until(lambda: to_units(box))

        async def sent() -> bool:
            return await mails(notify) == ["sent"]

        await until(sent)
    query = "SELECT id FROM notices WHERE unit <> 'city' LIMIT 1"
    topics = [topic for _, topic in notify.database.events_of(str(notify.database.one(query)))]
    assert topics == [f"notify.Notice{name}" for name in ("Queued", "Failed", "Requeued", "Sent")]


async def test_two_running_side_by_side_send_each_person_one_mail_of_all_that_waits_for_him(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock, port: int
) -> None:
    box = Box()
    with serving(box, port):
        async with (
            mailing(own_database, nats_server, feed, port) as one,
            mailing(own_database, nats_server, feed, port),
        ):
            for n in range(1, 11):
                await one.feed.say(life.opened(case_id(n)), life.escalated(case_id(n)), at=OPENED)
            await on_the_next_morning(one, clock, 20)
            await until(lambda: own_database.rows(STATES) == [("sent", 20)])
    to_deputy, to_principal = to_units(box)
    for message in (to_deputy, to_principal):
        assert message["Subject"] == "【闭环】未按期办结等 10 项提醒"
        assert all(message.get_content().count(case_id(n)) == 1 for n in range(1, 11))


async def test_after_a_downtime_over_nine_o_clock_each_mail_goes_out_once_and_none_for_what_was_done_meanwhile(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock, port: int
) -> None:
    """The mail server takes mail all the time; the service hears of the answers only after its timers are due."""
    box = Box()
    with serving(box, port):
        async with mailing(own_database, nats_server, feed, port) as service:
            for n in (1, 2, 3):
                await feed.say(life.opened(case_id(n)), at=OPENED)
                await feed.say(life.transferred(case_id(n), n=n), life.signed_for(case_id(n)), at=TRANSFERRED)
            await service.caught_up()
        eight = datetime(2022, 2, 10, 8, 0, tzinfo=SHANGHAI)
        await feed.say(*[life.reported(case_id(n)) for n in (1, 2)], at=eight)
        clock.set(datetime(2022, 2, 10, 11, 0, tzinfo=SHANGHAI))  # 09:00 is over
        async with mailing(own_database, nats_server, feed, port) as service:
            await service.caught_up()
            await until(lambda: ("sent", 2) in own_database.rows(STATES))
            await asyncio.sleep(1.0)
    assert {state for state, _ in own_database.rows(STATES)} <= {"sent", "dropped"}
    told = to_units(box)
    assert [str(message["To"]) for message in told] == ["zezhou-1@jincheng.example", "zezhou-2@jincheng.example"]
    for message in told:
        assert case_id(3) in message.get_content()
        assert not [n for n in (1, 2) if case_id(n) in message.get_content()]


class SlowBox(Box):
    """Takes a second over each mail."""

    begun = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.begun += 1
        await asyncio.sleep(1.0)
        return await super().handle_DATA(server, session, envelope)


async def test_a_service_that_is_stopped_while_it_mails_records_what_went_out_and_leaves_the_rest(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock, port: int
) -> None:
    box = SlowBox()
    for n, unit in enumerate((ZEZHOU, GAOPING, "140522"), 1):
        await feed.say(life.opened(case_id(n), unit), life.escalated(case_id(n), unit=unit), at=OPENED)
    with serving(box, port):
        async with mailing(own_database, nats_server, feed, port) as first:
            await on_the_next_morning(first, clock, 6)
            await until(lambda: box.begun)
        (sent, waiting) = own_database.rows(STATES)
        assert sent == ("sent", len(to_units(box)))
        assert waiting[0] == "waiting"
        async with mailing(own_database, nats_server, feed, port):
            await until(lambda: own_database.rows(STATES) == [("sent", 6)])
    told = to_units(box)
    assert len({message["Message-ID"] for message in told}) == len(told) == 6


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [("principal", ZEZHOU, True), ("county", ZEZHOU, False), ("group", "g1", True), ("group", "g2", False),
     ("office", "city", True)],
)  # fmt: skip
async def test_everybody_reads_on_a_page_what_is_addressed_to_them(
    notify: Running, clock: Clock, role: str, unit: str, seen: bool
) -> None:
    await escalated(notify, clock)
    async with notify.client(role, unit) as client:
        page = await client.get("/notices", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert ("由办公室提级核查" in page.text) == seen
    assert ("还没有提醒" in page.text) != seen


async def test_a_visitor_reads_no_reminders(notify: Running) -> None:
    async with notify.client() as client:
        assert (await client.get("/notices")).status_code == 401


async def test_the_verifying_group_reads_what_is_addressed_to_it_and_the_county_does_not(
    notify: Running, clock: Clock
) -> None:
    await escalated(notify, clock)
    await notify.feed.say(trouble.assigned(CASE, verifier="g3"), at=LATE)
    await notify.caught_up()

    async def kinds(role: str, unit: str) -> set[str]:
        return {one["kind"] for one in (await notify.get(LIST, role, unit))["items"]}

    assert await kinds("group", "g3") == {"verification_assigned"}
    assert await kinds("county", ZEZHOU) == {"overdue"}
