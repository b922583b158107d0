"""Disclosures on real servers: from the closed case to the board, the feeds, and *cases*, which waits for results."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.kernel.contracts.internal.cases import LoopMoved
from shared.kernel.contracts.steps import LoopStep
from tests.support import life
from tests.support.life import OPENED, SHANGHAI, TRANSFERRED, ZEZHOU
from tests.support.refused import refusal
from tests.support.running import Clock, Running, case_id
from tests.support.waiting import until

CASE = case_id(1)
API = "/api/notify/v1/disclosures"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
EVIDENCE = {"daily": "第3版", "broadcast": "播出单", "portal": "网页截图", "wechat": "推送截图"}
CLOSED = life.closed(CASE).closed_at
HTML = {"Accept": "text/html"}


async def drafted(notify: Running, clock: Clock) -> str:
    """The item that follows from a closed case."""
    clock.set(CLOSED)
    await notify.feed.say(life.opened(CASE), at=OPENED)
    await notify.feed.say(life.transferred(CASE), life.signed_for(CASE), at=TRANSFERRED)
    await notify.feed.say(life.reported(CASE), life.closed(CASE), moved(), at=CLOSED)
    await notify.caught_up()
    (item,) = (await notify.get(f"{API}?case={CASE}", "office"))["items"]
    return str(item["disclosure"])


def moved() -> LoopMoved:
    """The loop as *cases* draws it after the closing."""
    steps = (
        LoopStep("found", "done", OPENED, "群众举报"), LoopStep("processed", "done", OPENED, "已梳理"),
        LoopStep("transferred", "done", TRANSFERRED, "（特设）移〔2022〕17号"),
        LoopStep("disclosed", "due", None, "办理结果待公开"),
        LoopStep("escalated", "not_needed", None, "未出现须提级核查的情形"),
        LoopStep("key_supervision", "not_needed", None, "核查属实后启动"),
        LoopStep("assessed", "due", None, "列入当月考核通报"),
    )  # fmt: skip
    return LoopMoved(case=CASE, unit=ZEZHOU, state="closed", tip=None, version=7, steps=steps)


async def order(
    notify: Running, command: str, item: str, role: str = "office", *, seen: int | None = None, **body: Any
) -> Any:
    headers = {} if seen is None else {"If-Match": f'"{seen}"'}
    async with notify.client(role) as client:
        answer = await client.post(f"{API}/{item}/{command}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def published(notify: Running, clock: Clock) -> str:
    item = await drafted(notify, clock)
    await order(notify, "check", item)
    await order(notify, "approve", item)
    await order(notify, "approve", item, "director")
    await order(notify, "publish", item, evidence=EVIDENCE)
    return item


async def page(notify: Running, path: str, role: str | None = None) -> str:
    async with notify.client(role) as client:
        answer = await client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_closed_case_becomes_an_item_that_two_answer_for_and_four_channels_carry(
    notify: Running, clock: Clock, bus: Client
) -> None:
    item = await published(notify, clock)
    found = await notify.get(f"{API}/{item}", "office")
    assert (found["state"], found["checked_by"], found["approved_by"]) == (
        "published", "p-office", ["p-office", "p-director"],
    )  # fmt: skip
    assert found["due"] == "2022-02-17T23:59:59+08:00"
    assert [one["channel"] for one in found["channels"]] == list(EVIDENCE)
    (event,) = (await notify.get("/api/notify/v1/events", "office"))["items"]
    assert (event["type"], int(event["sequence"])) == ("bihuan.notify.DisclosurePublished.v1", 1)
    assert event["data"]["link"] == f"/public/{item}"
    inside = await until(lambda: _last(bus, "BIHUAN_NOTIFY", "bihuan.int.v1.notify.*.DisclosurePublished"))
    assert CASE in inside


async def _last(bus: Client, stream: str, subject: str) -> str | None:
    """The last message on a subject, if there is one yet."""
    try:
        message = await bus.jetstream().get_last_msg(stream, subject)
    except NotFoundError:
        return None
    return (message.data or b"").decode()


async def test_the_board_shows_nothing_until_the_last_channel(notify: Running, clock: Clock) -> None:
    item = await drafted(notify, clock)
    async with notify.client() as client:
        assert (await client.get(f"/public/{item}", headers=HTML)).status_code == 404
    assert "甲气站" not in await page(notify, "/public")
    await order(notify, "check", item)
    await order(notify, "approve", item)
    await order(notify, "approve", item, "director")
    await order(notify, "publish", item, evidence={k: v for k, v in EVIDENCE.items() if k != "wechat"})
    assert "甲气站" not in await page(notify, "/public")
    await order(notify, "publish", item, evidence={"wechat": "推送截图"})
    assert "甲气站" in await page(notify, "/public")


async def test_everybody_reads_this_weeks_items_first_and_finds_them(notify: Running, clock: Clock) -> None:
    item = await published(notify, clock)
    board = await page(notify, "/public")
    assert "本周（截至 2月11日（周五））" in board
    assert board.count("<li><b>1</b>") == 2, "suspension and penalty"
    assert item in await page(notify, f"/public?q=气站&unit={ZEZHOU}&kind=result")
    assert item in await page(notify, "/public?q=【气站】")
    for narrowed in ("?q=某某", "?unit=140581", "?kind=exposure", "?q=%25"):
        text = await page(notify, "/public" + narrowed)
        assert item not in text
        assert "没有符合条件的公开信息" in text
    clock.set(CLOSED.replace(day=14))
    assert "截至 2月11日（周五） 的一周" in await page(notify, "/public")


async def test_an_items_page_shows_the_loop_without_letter_or_time_of_day(notify: Running, clock: Clock) -> None:
    item = await published(notify, clock)
    text = await page(notify, f"/public/{item}")
    assert "移交办理：已完成 · 2022年1月21日" in text
    assert "〔2022〕" not in text
    assert "17:31" not in text
    assert "第3版" in text
    english = await page(notify, f"/public/{item}?lang=en")
    assert "Zezhou County Market Supervision Bureau" in english


async def test_the_feed_is_atom_and_keeps_up(notify: Running, clock: Clock) -> None:
    async with notify.client() as client:
        empty = ElementTree.fromstring((await client.get("/public/feed.xml")).content)  # noqa: S314 – our own
        assert empty.find("a:entry", ATOM) is None
        assert empty.findtext("a:updated", namespaces=ATOM) == "2021-12-28T00:00:00+08:00"
        item = await published(notify, clock)
        answer = await client.get("/public/feed.xml")
        feed = ElementTree.fromstring(answer.content)  # noqa: S314 – our own
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        (entry,) = feed.findall("a:entry", ATOM)
        assert entry.findtext("a:id", namespaces=ATOM) == f"urn:uuid:{item}"
        assert entry.find("a:link", ATOM).attrib["href"] == f"http://bihuan.example/public/{item}"  # type: ignore[union-attr]
        await order(notify, "withdraw", item, "director", reason="处罚被撤销")
        withdrawn = (await client.get("/public/feed.xml")).text
    assert "处罚被撤销" in withdrawn
    assert "甲气站" not in withdrawn


async def test_a_withdrawn_item_says_why_and_no_more(notify: Running, clock: Clock) -> None:
    item = await published(notify, clock)
    await order(notify, "withdraw", item, "director", reason="处罚被撤销")
    text = await page(notify, f"/public/{item}")
    assert "处罚被撤销" in text
    assert "甲气站" not in text
    assert "甲气站" not in await page(notify, "/public")


async def test_an_earlier_wording_stays_readable(notify: Running, clock: Clock) -> None:
    item = await published(notify, clock)
    drafted_too = await order(notify, "correct", item, text="更正后的文字。", reason="金额有误")
    await order(notify, "correct", item, "director", seen=drafted_too["version"])
    text = await page(notify, f"/public/{item}")
    assert "更正后的文字" in text
    assert "金额有误" in text
    assert "已责令停用并立案" in text


async def test_the_office_works_on_pages_with_forms(notify: Running, clock: Clock) -> None:
    item = await drafted(notify, clock)
    listing = await page(notify, "/public/drafts", "office")
    assert item in listing
    assert "本周公开截止" in listing
    async with notify.client("office") as client:
        path = f"/public/drafts/{item}"
        doubtful = {"version": "1", "title": "题", "text": "9时30分停产。", "outcomes": "penalty"}
        checked = await client.post(f"{path}/check", data=doubtful)
        assert checked.status_code == 303
        shown = (await client.get(path, headers=HTML)).text
        assert "9时30分" in shown
        refused = await client.post(f"{path}/approve", data={"version": "2"})
        assert "精确到时刻的时间" in await refusal(client, refused)
        stale = await client.post(f"{path}/check", data={"version": "1", "title": "题", "text": "已停产。"})
        said = await refusal(client, stale)
        assert "改为：“题：9时30分停产。”" in said, "what has happened since"
        assert "已停产。</textarea>" in said, "nothing typed is lost"
        await refusal(client, await client.post(f"{path}/check", data=doubtful | {"version": ""}))
        answered = await client.post(f"{path}/check", data=doubtful | {"version": "2", "answers-exact_time": "已公告"})
        assert answered.status_code == 303
        assert (await client.post(f"{path}/approve", data={"version": "3"})).status_code == 303
        await refusal(client, await client.post("/public/drafts", data={"kind": "exposure", "title": "题"}))
        about_no_case = {"kind": "exposure", "title": "曝光一起", "text": "文", "case": case_id(9)}
        unknown = await client.post("/public/drafts", data=about_no_case)
        assert "曝光一起" in await refusal(client, unknown), "nothing typed is lost"
        drafted_too = await client.post("/public/drafts", data={"kind": "exposure", "title": "曝光", "text": "文"})
        assert drafted_too.status_code == 303
        assert (await client.get(drafted_too.headers["location"], headers=HTML)).status_code == 200


async def test_a_form_that_is_sent_twice_drafts_one_item_and_a_form_drawn_anew_another(notify: Running) -> None:
    async with notify.client("office") as client:

        async def drawn() -> dict[str, str]:
            (once,) = re.findall(r'name="once" value="([^"]+)"', await page(notify, "/public/drafts", "office"))
            return {"once": once, "kind": "exposure", "title": "曝光", "text": "文"}

        typed = await drawn()
        first, again = [await client.post("/public/drafts", data=typed) for _ in range(2)]
        assert (first.status_code, again.status_code) == (303, 303)
        assert first.headers["location"] == again.headers["location"]
        other = await client.post("/public/drafts", data=await drawn())
        assert other.headers["location"] != first.headers["location"]
        changed = await client.post("/public/drafts", data=typed | {"title": "改过"})
        said = await refusal(client, changed)
        assert "改过" in said, "nothing typed is lost"
        assert typed["once"] not in said
        await refusal(client, await client.post("/public/drafts", data=typed | {"once": "x" * 201}))


@pytest.mark.parametrize("seen", ["9" * 18, "9" * 19, "9" * 5000, "-1", "x"])
async def test_a_version_that_cannot_be_is_not_the_one_that_there_is(notify: Running, clock: Clock, seen: str) -> None:
    item = await drafted(notify, clock)
    async with notify.client("office") as client:
        stale = await client.post(
            f"/public/drafts/{item}/check", data={"version": seen, "title": "题", "text": "已停产。"}
        )
        await refusal(client, stale)
        answer = await client.post(f"{API}/{item}/check", json={}, headers={"If-Match": f'"{seen}"'})
        assert answer.status_code == (409 if len(seen) == 18 else 400)


async def test_an_unknown_or_malformed_item_is_not_found(notify: Running) -> None:
    async with notify.client("office") as client:
        for item in ("x", case_id(5)):
            assert (await client.get(f"{API}/{item}")).status_code == 404
            assert (await client.post(f"{API}/{item}/approve", json={})).status_code == 404
            assert (await client.get(f"/public/{item}")).status_code == 404
            assert (await client.get(f"/public/drafts/{item}")).status_code == 404


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("office", "city", 1),
        ("county", ZEZHOU, 1),
        ("county", "140581", 0),
        ("group", "g1", 1),
        ("police", "police", 0),
    ],
)
async def test_drafts_are_the_citys_and_the_units(
    notify: Running, clock: Clock, role: str, unit: str, seen: int
) -> None:
    await drafted(notify, clock)
    assert len((await notify.get(API, role, unit))["items"]) == seen
    async with notify.client(role, unit) as client:
        assert (await client.get("/public/drafts")).status_code == (200 if role == "office" else 403)


async def test_a_visitor_reads_no_draft(notify: Running, clock: Clock) -> None:
    item = await drafted(notify, clock)
    async with notify.client() as client:
        for path in (API, f"{API}/{item}", "/public/drafts", f"/public/drafts/{item}"):
            assert (await client.get(path)).status_code == 401
    with psycopg.connect(notify.database.role("reader")) as connection:
        assert connection.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)


def test_the_days_of_this_file_are_what_it_says() -> None:
    assert CLOSED.astimezone(SHANGHAI).strftime("%A") == "Thursday"


async def test_a_case_leads_to_what_is_told_of_it(notify: Running, clock: Clock) -> None:
    item = await drafted(notify, clock)
    async with notify.client("office") as client:
        about = (await client.get(f"{API}/{item}")).json()["case"]
        assert (await client.get(f"/public/drafts?case={about}")).headers["location"] == f"/public/drafts/{item}"
        assert (await client.get(f"/public/drafts?case={case_id(99)}")).headers["location"] == "/public/drafts"
