"""The campaign on real servers: papers with their clock, inspections, rankings, bulletins, and their pages."""

from __future__ import annotations

import re
from typing import Any

import psycopg

from deploy.local.nats import EmbeddedNats
from services.assessment.app import create_app
from services.assessment.config import Config
from tests.support import life, running
from tests.support.life import ZEZHOU
from tests.support.refused import refusal
from tests.support.running import CasesFeed, Clock, Running, ServiceDatabase, case_id
from tests.support.waiting import until
from tests.system.assessment.bureau import API, HTML, at, filings, give, page, sign

CASE = case_id(1)
MIGRATIONS = running.ROOT / "services" / "assessment" / "migrations"


async def january_is_assessed(service: Running, clock: Clock) -> None:
    """One case closed in January, one inspection, two bulletins."""
    _, told = await give(service, "/inspections", "county", ZEZHOU, enterprise="甲气站", grade="key_user",
                         findings=[{"matter": "安全阀失效", "major": True}])  # fmt: skip
    finding = told["findings"][0]
    await service.feed.say(life.opened(CASE), life.opened(finding), at=at("2022-01-10 09:00"))
    await service.feed.say(life.transferred(CASE), life.closed(CASE), at=at("2022-01-20 09:00"))
    await service.caught_up()
    clock.set(at("2022-02-08 09:00"))
    for month in ("2021-12", "2022-01"):
        assert (await give(service, f"/bulletins/{month}/draw", "office"))[0] == 200
        assert (await give(service, f"/bulletins/{month}/publish", "director"))[0] == 428
        assert (await sign(service, f"/bulletins/{month}", "publish", "director"))[0] == 200


async def test_papers_are_asked_for_once_and_missed_once_also_over_a_downtime(
    clock: Clock, own_database: ServiceDatabase, nats_server: EmbeddedNats, feed: CasesFeed
) -> None:
    def started() -> Any:
        return running.running(create_app, Config, "assessment", own_database, nats_server, feed)

    async with started() as service:
        await until(lambda: filings(service) == 331)
        assert (await sign(service, f"/returns/{ZEZHOU}/1", "submit", "principal", ZEZHOU))[0] == 200
    clock.set(at("2022-01-01 09:00"))
    async with started() as service:
        await until(lambda: filings(service, "missed") == 7 + 7 + 10 + 7 + 7 + 11)
    clock.set(at("2022-01-02 09:00"))
    async with started() as service:
        assert filings(service) == 331
        found = await service.get(f"{API}/events?limit=500", "admin")
        names = [event["type"].split(".")[2] for event in found["items"]]
        assert (names.count("ReturnMissed"), names.count("CommitmentMissed")) == (10, 7)
        assert [int(event["sequence"]) for event in found["items"]] == list(range(1, len(names) + 1))


async def test_a_return_is_a_query_and_stays_what_was_signed(campaign: Running, clock: Clock) -> None:
    await campaign.feed.say(life.opened(CASE), at=at("2021-12-28 10:00"))
    await campaign.caught_up()
    clock.set(at("2021-12-30 09:00"))
    path = f"/returns/{ZEZHOU}/1"
    computed = await campaign.get(API + path, "county", ZEZHOU)
    assert computed["signed"] is None
    assert computed["computed"]["figures"]["tips_received"] == {"week": 1, "total": 1}
    assert (await give(campaign, f"{path}/submit", "principal", ZEZHOU))[0] == 428
    status, told = await sign(campaign, path, "submit", "principal", ZEZHOU)
    assert (status, told["in_time"], told["state"]) == (200, True, "filed")
    assert (await give(campaign, f"{path}/submit", "principal", ZEZHOU))[0] == 409
    assert (await give(campaign, f"{path}/submit", "county", ZEZHOU))[0] == 403
    assert (await give(campaign, "/returns/140581/1/submit", "principal", ZEZHOU))[0] == 403
    signed = (await campaign.get(API + path, "office"))["signed"]
    assert signed["figures"] == computed["computed"]["figures"]
    text = await page(campaign, f"/assessment{path}")
    for said in ("附件1", "受理举报（件）", "已报送", "退回更正"):
        assert said in text
    async with campaign.client("county", "140581") as client:
        assert (await client.get(API + path)).status_code == 403


async def test_what_was_signed_by_an_older_release_ends_where_it_says(campaign: Running, clock: Clock) -> None:
    clock.set(at("2022-01-07 10:00"))
    assert (await sign(campaign, f"/returns/{ZEZHOU}/1", "submit", "principal", ZEZHOU))[0] == 200
    ends = "SELECT id, ended FROM filings ORDER BY id"
    before = campaign.database.rows(ends)
    assert [row for row in before if row[1]]
    database = campaign.database
    with psycopg.connect(database.server.dsn(database.name, "bihuan_assessment_owner")) as owner:
        owner.execute("ALTER TABLE filings DROP COLUMN ended")
        owner.execute((MIGRATIONS / "0006_where_returns_end.sql").read_bytes())
        assert owner.execute(ends).fetchall() == before
        owner.rollback()


async def test_a_groups_return_needs_its_leader(campaign: Running) -> None:
    assert (await sign(campaign, "/returns/g1/1", "submit", "group", "g1", "p-g1-1"))[0] == 403
    assert (await sign(campaign, "/returns/g1/1", "submit", "group", "g1", "p-deputy-director"))[0] == 200


async def test_a_unit_sees_what_it_owes_with_every_day_counted_and_files_it_by_form(
    campaign: Running, clock: Clock
) -> None:
    text = await page(campaign, f"/assessment/filings/{ZEZHOU}", "principal", ZEZHOU)
    for said in ("待报送", "每周工作进展情况", "县级承诺书", "期限计算说明", "签署承诺书", "12月31日"):
        assert said in text
    assert (await give(campaign, f"/commitments/{ZEZHOU}/2021-12/sign", "principal", ZEZHOU))[0] == 200
    assert (await give(campaign, f"/filings/plan/{ZEZHOU}/file", "county", ZEZHOU, title="方案", text="全文"))[0] == 200
    assert (await give(campaign, f"/briefings/{ZEZHOU}/2021-12/hold", "taskforce", text="听取汇报"))[0] == 200
    found = await campaign.get(f"{API}/filings?unit={ZEZHOU}&state=filed", "county", ZEZHOU)
    assert {row["kind"] for row in found["items"]} == {"plan", "commitment", "briefing"}
    assert all(row["days"] and row["words"] for row in found["items"])
    async with campaign.client("county", ZEZHOU) as client:
        answer = await client.post(f"/assessment/filings/liaison/{ZEZHOU}/file", data={"title": "联络人"}, headers=HTML)
        said = await refusal(client, answer)
        assert "请填写报送内容。" in said
        assert 'value="联络人"' in said, "what was typed is kept"
        filled = {"title": "联络人", "text": "林知远"}
        answer = await client.post(f"/assessment/filings/liaison/{ZEZHOU}/file", data=filled, headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/assessment/filings/{ZEZHOU}")


async def test_each_paper_has_a_form_of_its_own_which_keeps_what_was_typed(campaign: Running) -> None:
    text = await page(campaign, f"/assessment/filings/{ZEZHOU}", "county", ZEZHOU)
    for said in ('id="typical-case/1-keywords"', '<input type="hidden" name="period" value="1">', 'id="plan-text"',
                 "3 至 5 个，每行一个", "每行一部分，依次为：要旨"):  # fmt: skip
        assert said in text
    assert "本人承诺：" not in text, "a letter is signed by the principal"
    async with campaign.client("county", ZEZHOU) as client:
        form, typed = f"/assessment/filings/typical-case/{ZEZHOU}/file", {"title": "案例", "period": "1", "version": ""}
        answer = await client.post(form, data=typed | {"keywords": "无证\r\n充装"}, headers=HTML)
        said = await refusal(client, answer)
        assert "关键词须为" in said
        assert said.count('value="案例"') == 1, "in the form of the first week alone"
        filled = {"keywords": "无证\r\n充装\r\n取缔", "parts": "\r\n".join(["要旨", "案情", "结果", "剖析", "建议"])}
        answer = await client.post(form, data=typed | filled, headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/assessment/filings/{ZEZHOU}")
    for path in (f"/assessment/filings/{ZEZHOU}", f"/assessment/returns/{ZEZHOU}/1"):
        english = await page(campaign, f"{path}?lang=en", "principal", ZEZHOU)
        assert "确认" not in english
    assert "I commit: " in await page(campaign, f"/assessment/filings/{ZEZHOU}?lang=en", "principal", ZEZHOU)


async def test_a_finding_goes_to_cases_on_the_internal_feed(campaign: Running) -> None:
    status, told = await give(campaign, "/inspections", "county", ZEZHOU, enterprise="甲气站",
                              findings=[{"matter": "安全阀失效"}])  # fmt: skip
    assert status == 201
    rows = campaign.database.rows("SELECT name, partitionkey FROM internal_events")
    assert rows == [("FindingRecorded", told["findings"][0])]


async def test_the_form_of_an_inspection_keeps_what_was_typed_and_records_it(campaign: Running) -> None:
    assert "安全阀" not in await page(campaign, "/assessment/inspections/new", "county", ZEZHOU)
    async with campaign.client("county", ZEZHOU) as client:
        typed = {"enterprise": "乙厂", "unit": ZEZHOU, "equipment": "-3", "matter": "安全阀失效", "major": "true"}
        answer = await client.post("/assessment/inspections/new", data=typed, headers=HTML)
        said = await refusal(client, answer)
        assert 'value="乙厂"' in said
        (once,) = re.findall(r'name="once" value="([^"]+)"', said)
        for _ in range(2):  # a double click
            answer = await client.post(
                "/assessment/inspections/new", data=typed | {"equipment": "3", "once": once}, headers=HTML
            )
            assert answer.status_code == 303
    recorded = campaign.database.rows("SELECT name FROM internal_events WHERE name = 'FindingRecorded'")
    assert recorded == [("FindingRecorded",)]
    async with campaign.client("auditor") as client:
        assert (await client.get("/assessment/inspections/new", headers=HTML)).status_code == 403


async def test_a_bulletin_closes_the_loops_of_its_cases_and_shows_how_every_point_was_made(
    campaign: Running, clock: Clock
) -> None:
    await january_is_assessed(campaign, clock)
    query = "SELECT data::json FROM internal_events WHERE name = 'BulletinPublished' ORDER BY sequence"
    sent = [(data["month"], data["cases"]) for (data,) in campaign.database.rows(query)]
    assert sent == [("2021-12", []), ("2022-01", [CASE])]
    found = await campaign.get(f"{API}/rankings/2022-01", "county", ZEZHOU)
    assert found["state"] == "published"
    assert [ranking["kind"] for ranking in found["rankings"]] == ["county", "group"]
    for ranking in found["rankings"]:
        for placing in ranking["placings"]:
            assert placing["score"] == placing["start"] + sum(share["score"] for share in placing["shares"])
    text = await page(campaign, "/assessment/rankings/2022-01", "county", "140581")
    for said in ("加权平均", "起评分", "并列", '<td class="n">–</td>'):
        assert said in text
    assert '<rect class="bar" width="' in text
    links = set(re.findall(r'href="(/assessment/figures/[^"]+)"', text))
    assert f"/assessment/figures/{ZEZHOU}/closing_due?month=2022-01" in links
    bulletin = await page(campaign, "/assessment/bulletins/2022-01", "county", "140581")
    for said in ("考核通报（2022年1月）", "五个一批", "其他单位的交办件"):
        assert said in bulletin
    assert f"/cases/{CASE}" not in bulletin
    own = await page(campaign, "/assessment/bulletins/2022-01", "county", ZEZHOU)
    assert f'href="/cases/{CASE}">（特设）移〔2022〕17号' in own
    assert "2021年12月" in await page(campaign, "/assessment/bulletins", "county", ZEZHOU)


async def test_every_figure_of_a_ranking_opens_to_exactly_the_events_that_make_it(
    campaign: Running, clock: Clock
) -> None:
    await january_is_assessed(campaign, clock)
    ranking = (await campaign.get(f"{API}/rankings/2022-01", "office"))["rankings"][0]
    (zezhou,) = [one for one in ranking["placings"] if one["unit"] == ZEZHOU]
    shares = {share["component"]: (share["num"], share["den"]) for share in zezhou["shares"]}
    assert (shares["c_hazards"], shares["c_on_time"], shares["c_coverage"]) == ((0, 0), (1, 1), (0, 0))
    papers = shares["c_filings"][1]
    for name, figure in (("major_found", 1), ("closing_due", 1), ("visits", 1), ("filings_due", papers)):
        found = await campaign.get(f"{API}/figures/{ZEZHOU}/{name}?month=2022-01", "county", "140581")
        assert found["count"] == figure == sum(one["n"] for one in found["items"])
    text = await page(campaign, f"/assessment/figures/{ZEZHOU}/closing_due?month=2022-01")
    assert f'href="/cases/{CASE}"' in text
    assert "办结" in text


async def test_what_is_not_published_is_shown_to_the_city_alone_and_own_figures_to_the_unit(
    campaign: Running, clock: Clock
) -> None:
    clock.set(at("2022-01-12 09:00"))
    assert (await campaign.get(f"{API}/rankings/2022-01", "taskforce"))["state"] == "open"
    async with campaign.client("county", ZEZHOU) as client:
        for path, status in (("rankings/2022-01", 403), ("bulletins/2022-01", 403), ("rankings/1999-01", 404),
                             (f"figures/{ZEZHOU}/closing_due?month=2022-01", 200),
                             ("figures/140581/closing_due?month=2022-01", 403),
                             (f"figures/{ZEZHOU}/beauty?month=2022-01", 404)):  # fmt: skip
            assert (await client.get(f"{API}/{path}")).status_code == status, path
    async with campaign.client("office") as client:
        assert (await client.get(f"{API}/bulletins/2022-01")).status_code == 404
        answer = await client.post("/assessment/bulletins/2022-01/draw", headers=HTML)
        assert "还没有结束" in await refusal(client, answer)
        answer = await client.post("/assessment/bulletins/2021-12/draw", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, "/assessment/bulletins/2021-12")
    assert "发布考核通报" in await page(campaign, "/assessment/bulletins/2021-12", "director")


async def test_the_dashboard_shows_papers_and_batches_beside_the_cases(campaign: Running, clock: Clock) -> None:
    await january_is_assessed(campaign, clock)
    await until(lambda: filings(campaign, "missed") > 100)
    text = await page(campaign, "/assessment")
    for said in ("五个一批", "督导工作组报送", "逾期未报", "/assessment/rankings/2022-01", "登记检查"):
        assert said in text
    english = await page(campaign, "/assessment?lang=en")
    assert "The five batches" in english
    own = await page(campaign, "/assessment", "group", "g1")
    assert 'href="/assessment/filings/g1"' in own
    assert "城区" not in own


async def test_a_reader_of_the_database_sees_only_the_rows_of_its_units(campaign: Running) -> None:
    found = await campaign.get(f"{API}/filings", "group", "g1")
    assert {row["unit"] for row in found["items"]} == {ZEZHOU, "g1"}
    found = await campaign.get(f"{API}/filings", "county", "140581")
    assert {row["unit"] for row in found["items"]} == {"140581"}
    assert (await campaign.get(f"{API}/filings", "hotline"))["items"] == []


async def test_what_was_filed_can_be_read_as_it_was_filed(campaign: Running) -> None:
    assert (
        await give(campaign, f"/filings/plan/{ZEZHOU}/file", "county", ZEZHOU, title="方案", text="一、目标\n二、步骤")
    )[0] == 200
    assert (await give(campaign, f"/commitments/{ZEZHOU}/2021-12/sign", "principal", ZEZHOU))[0] == 200
    listed = await page(campaign, f"/assessment/filings/{ZEZHOU}", "county", ZEZHOU)
    read = {
        rule: await page(campaign, f"/assessment/filings/{ZEZHOU}/{rule}/{period}", "county", ZEZHOU)
        for rule, period in re.findall(rf'href="/assessment/filings/{ZEZHOU}/([^/"]+)/([^"]+)"', listed)
    }
    assert len(read) == 2, "both are linked from the list"
    assert any("<h1>方案</h1>" in text and "<p>二、步骤</p>" in text for text in read.values())
    assert any("本人承诺" in text for text in read.values())
    async with campaign.client("county", "140581") as client:
        rule = next(iter(read))
        assert (await client.get(f"/assessment/filings/{ZEZHOU}/{rule}/once", headers=HTML)).status_code == 403
