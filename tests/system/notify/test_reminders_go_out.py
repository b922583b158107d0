"""*notify* on real servers: reminders planned, sent once, seen by those whom they concern."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import psycopg
import pytest

from deploy.local.nats import EmbeddedNats
from services.notify.app import create_app
from services.notify.config import Config
from tests.support import life, running
from tests.support.life import FEEDBACK_DUE, GAOPING, OPENED, SHANGHAI, TRANSFERRED, ZEZHOU
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase, case_id
from tests.support.waiting import until

CASE, OTHER = case_id(1), case_id(2)
LIST = "/api/notify/v1/reminders"
LAST_MORNING = datetime(2022, 2, 11, 9, 0, tzinfo=SHANGHAI)


async def reminders(service: Running, query: str = "", role: str = "office", unit: str = "city") -> list[Any]:
    return list((await service.get(LIST + query, role, unit))["items"])


async def letter(service: Running, case: str, unit: str = ZEZHOU) -> None:
    """A case whose letter is signed for; its answer is due on 11 February."""
    await service.feed.say(life.opened(case, unit), at=OPENED)
    await service.feed.say(life.transferred(case, unit), life.signed_for(case, unit), at=TRANSFERRED)
    await service.caught_up()


async def sent(service: Running, n: int) -> list[Any]:
    """The reminders that went out, once there are `n` of them."""
    found: list[Any] = []

    async def enough() -> bool:
        found[:] = await reminders(service, "?state=sent")
        return len(found) >= n

    await until(enough)
    return found


async def test_what_a_letter_brings_is_planned_and_goes_out_when_the_time_comes(notify: Running, clock: Clock) -> None:
    await letter(notify, CASE)
    planned = await reminders(notify, "?state=planned")
    assert [(one["kind"], one["remind_at"], one["text"]) for one in planned] == [
        ("due_today", "2022-02-11T09:00:00+08:00", None), ("due_tomorrow", "2022-02-10T09:00:00+08:00", None),
    ]  # fmt: skip
    clock.set(datetime(2022, 2, 10, 9, 0, tzinfo=SHANGHAI))
    (one,) = await sent(notify, 1)
    assert one == {
        "reminder": one["reminder"], "case": CASE, "unit": ZEZHOU, "kind": "due_tomorrow", "to": "county",
        "state": "sent", "remind_at": "2022-02-10T09:00:00+08:00", "due": "2022-02-11T23:59:59+08:00",
        "sent_at": "2022-02-10T09:00:00+08:00", "link": f"/cases/{CASE}", "mail": None,
        "text": "期限提醒：交办件（特设）移〔2022〕17号的反馈期限为 2022年2月11日24:00，"
                "请按期反馈由主要负责人签字的办理结果。",
    }  # fmt: skip


async def test_a_reported_case_is_left_alone(notify: Running, clock: Clock) -> None:
    await letter(notify, CASE)
    await letter(notify, OTHER)
    await notify.feed.say(life.reported(CASE), at=TRANSFERRED)
    await notify.caught_up()
    clock.set(LAST_MORNING)
    assert {one["case"] for one in await sent(notify, 2)} == {OTHER}
    assert {one["state"] for one in await reminders(notify) if one["case"] == CASE} == {"stopped"}


async def test_what_fell_due_while_the_service_was_away_goes_out_once_when_it_is_back(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock
) -> None:
    async with running.running(create_app, Config, "notify", own_database, nats_server, feed) as before:
        await letter(before, CASE)
    clock.set(LAST_MORNING)
    for _ in range(2):
        async with running.running(create_app, Config, "notify", own_database, nats_server, feed) as again:
            found = await sent(again, 2)
        assert sorted(one["kind"] for one in found) == ["due_today", "due_tomorrow"]
    topics = [topic for _, topic in own_database.events_of(CASE)]
    assert topics.count("notify.ReminderSent") == 2
    assert own_database.one("SELECT count(*) FROM timers WHERE fired IS NULL AND NOT stopped") == 0


async def test_two_running_side_by_side_send_each_reminder_once(
    own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed, clock: Clock
) -> None:
    async with (
        running.running(create_app, Config, "notify", own_database, nats_server, feed) as one,
        running.running(create_app, Config, "notify", own_database, nats_server, feed),
    ):
        for n in range(1, 21):
            await letter(one, case_id(n))
        clock.set(LAST_MORNING)
        await sent(one, 40)
        assert own_database.one("SELECT count(*) FROM outgoing WHERE unit <> 'city'") == 40
        told = own_database.one("SELECT count(*) FROM outgoing")  # of the weekly disclosure the office is, too
        await until(lambda: own_database.one("SELECT number FROM channels WHERE channel = 'log'") == told)


async def test_the_principal_hears_of_an_escalation_at_once(notify: Running, clock: Clock) -> None:
    await letter(notify, CASE)
    clock.set(FEEDBACK_DUE)
    await notify.feed.say(life.escalated(CASE), at=FEEDBACK_DUE)
    found = await sent(notify, 3)
    assert {(one["kind"], one["to"]) for one in found} >= {("overdue", "principal")}


async def test_what_the_office_owes_every_week_is_given_as_no_case(notify: Running, clock: Clock) -> None:
    await letter(notify, CASE)
    clock.set(LAST_MORNING)

    async def of_the_week() -> list[Any]:
        return [one for one in await reminders(notify, "?state=sent") if one["unit"] == "city"]

    async def told() -> bool:
        return bool(await of_the_week())

    await until(told)
    assert {(one["case"], one["link"]) for one in await of_the_week()} == {(None, "/public/drafts")}


async def test_each_reminder_that_went_out_is_one_line_of_the_log_without_its_sentence(
    notify: Running, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await letter(notify, CASE)
    clock.set(LAST_MORNING)
    await sent(notify, 2)

    def lines() -> list[dict[str, Any]]:
        told = [one.msg for one in caplog.records if one.name == "reminders" and isinstance(one.msg, dict)]
        return [one for one in told if one["unit"] == ZEZHOU]  # of the weekly disclosure the office is told, too

    await until(lambda: len(lines()) == 2)
    first = {key: lines()[0][key] for key in ("event", "kind", "unit", "to", "case", "link")}
    assert first == {"event": "reminder", "kind": "due_tomorrow", "unit": ZEZHOU, "to": "county",
                     "case": CASE, "link": f"/cases/{CASE}"}  # fmt: skip
    assert "反馈期限" not in str(lines())


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("office", "city", {CASE, OTHER}),
        ("auditor", "city", {CASE, OTHER}),
        ("county", ZEZHOU, {CASE}),
        ("principal", GAOPING, {OTHER}),
        ("station", "140525-bagong", {CASE}),
        ("group", "g3", {OTHER}),
        ("hotline", "city", set()),
        ("police", "city", set()),
    ],
)
async def test_everybody_sees_the_reminders_of_their_own_jurisdiction(
    notify: Running, role: str, unit: str, seen: set[str]
) -> None:
    await letter(notify, CASE)
    await letter(notify, OTHER, GAOPING)
    assert {one["case"] for one in await reminders(notify, "", role, unit)} == seen
    assert {one["case"] for one in await reminders(notify, f"?unit={GAOPING}", role, unit)} == seen & {OTHER}


async def test_the_database_itself_refuses_the_reader_other_units_rows(notify: Running, clock: Clock) -> None:
    await letter(notify, CASE)
    clock.set(LAST_MORNING)
    await sent(notify, 2)
    with psycopg.connect(notify.database.role("reader")) as connection:
        for table in ("reminders", "outgoing"):
            count = f"SELECT count(*) FROM {table}"
            assert connection.execute(count).fetchone() == (0,)
            connection.execute("SELECT set_config('bihuan.units', %s, true)", (ZEZHOU,))
            assert connection.execute(count).fetchone() != (0,)
            connection.execute("SELECT set_config('bihuan.units', '', true)")


async def test_a_long_list_goes_on_page_by_page(notify: Running) -> None:
    await letter(notify, CASE)
    first = await notify.get(f"{LIST}?limit=2")
    rest = await notify.get(f"{LIST}?limit=2&cursor={first['next']}")
    kinds = [one["kind"] for one in first["items"] + rest["items"]]
    assert kinds == ["due_today", "due_tomorrow", "sign_for_due_soon"]
    assert rest["next"] is None


async def test_a_unit_that_does_not_exist_is_named_with_those_that_do(notify: Running) -> None:
    async with notify.client("office") as client:
        answer = await client.get(f"{LIST}?unit=999999")
    assert answer.status_code == 422
    assert ZEZHOU in answer.json()["errors"][0]["allowed"]


async def test_a_visitor_sees_no_reminders_but_the_public_board(notify: Running) -> None:
    async with notify.client() as client:
        assert (await client.get(LIST)).status_code == 401
        page = await client.get("/public", headers={"Accept": "text/html"})
        english = await client.get("/public?lang=en", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "还没有公开的信息" in page.text
    assert 'aria-current="page"' in page.text
    assert "Nothing has been disclosed yet" in english.text


async def test_the_service_describes_itself_and_serves_its_empty_feed(notify: Running) -> None:
    await letter(notify, CASE)
    for path in ("/health", "/ready"):
        assert (await notify.get(path, role=None))["status"] in ("ok", "ready")
    assert await notify.get("/api/notify/v1/events") == {"items": [], "next": None}
    assert await notify.get("/api/notify/v1/dead-letters") == {"items": [], "next": None}
    assert any("cases" in name for name in (await notify.get("/asyncapi.json", role=None))["channels"])
    assert LIST in (await notify.get("/openapi.json", role=None))["paths"]


async def test_the_list_after_a_restore_says_of_which_letter_and_unit_the_reminders_are(
    notify: Running,
) -> None:
    await letter(notify, CASE)
    with psycopg.connect(notify.database.server.dsn(notify.database.name), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO taken_back (id, producer, number, stream, kind, reason) "
            "VALUES (gen_random_uuid(), 'cases', 2, %s, 'notify.CaseFollowed', '请核对')",
            [CASE],
        )
    async with notify.client("office") as client:
        page = (await client.get("/notices/restored")).text
    assert f'href="/cases/{CASE}"' in page
    assert "泽州县市场监督管理局 · （特设）移〔2022〕17号" in page
