"""Lists on a real PostgreSQL with row security: each case once, counts that are what shows, words however they are
written, and no list that looks through all cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.cli.bench import main as bench
from deploy.cli.fill import fill
from deploy.local.postgres import EmbeddedPostgres
from services.cases import queries as reading_cases
from services.cases.projections import PROJECTOR
from services.cases.queries import SORTS, WAITS, CaseRow, Filter, Queries, own_group
from services.cases.web.desk import DESKS
from shared.kernel.visibility import interests_setting, row_setting
from shared.platform.postgres import Pool
from shared.platform.service.reading import Reading
from shared.platform.service.rebuild import rebuild
from shared.platform.web.session import Viewer
from tests.services.cases.desk import CAMPAIGN, at
from tests.support import servers
from tests.support.running import ServiceDatabase, make_database

CASES = 1_500
NOW = at("2022-03-30 09:00")
GROWING = ("cases", "escalations", "case_words", "stored_events")
VIEWERS = {
    "office": Viewer("p-contact", "office", "city", "session", NOW, "s"),
    "county": Viewer("p-zezhou-1", "county", "140525", "session", NOW, "s"),
    "group": Viewer("p-g1-1", "group", "g1", "session", NOW, "s"),
}
NARROWED: dict[str, Filter] = {
    "nothing": Filter(),
    "closed": Filter(states=("closed",)),
    "opened": Filter(states=("opened",)),
    "taken back": Filter(states=("taken_back",)),
    "under way": Filter(states=("signed_for", "handling")),
    "a unit": Filter(unit="140525"),
    "a unit's reviewed": Filter(states=("reviewed",), unit="140525"),
    "overdue": Filter(due_before=NOW),
    "escalated": Filter(escalated="open"),
    "once escalated": Filter(escalated="any"),
    "some days": Filter(opened_from=at("2022-01-10 00:00"), opened_before=at("2022-01-13 00:00")),
    "days of a unit": Filter(unit="140581", opened_from=at("2022-02-01 00:00")),
    "a word": Filter(text="王莽岭"),
    "no such word": Filter(text="不存在的词语"),
    "two words": Filter(text="锅炉 医院"),
    "a word that many have": Filter(text="气瓶"),
    "a word that many have, of a unit": Filter(text="气瓶", unit="140525"),
    **{f"waits for {what}": Filter(waits=what) for what in WAITS},
}


@pytest.fixture(scope="module")
def filled(postgres: EmbeddedPostgres) -> Iterator[ServiceDatabase]:
    """Some thousand cases, of all states."""
    database = make_database(postgres, "cases")
    assert list(fill(database.role("writer"), CAMPAIGN, CASES))[-1] == CASES
    with psycopg.connect(postgres.dsn(database.name), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    yield database
    servers.drop(database)


@asynccontextmanager
async def asking(database: ServiceDatabase, options: str = "") -> Any:
    """What the service reads with, of a viewer; `options` are PostgreSQL's."""

    def scope(viewer: Viewer | None) -> dict[str, str]:
        assert viewer is not None
        return {
            "bihuan.units": row_setting(CAMPAIGN, viewer), "bihuan.interests": interests_setting(CAMPAIGN, viewer),
            "bihuan.own": own_group(viewer),
        }  # fmt: skip

    pool = Pool(
        database.role("reader"), min_size=1, max_size=2, settings=f"-c plan_cache_mode=force_custom_plan {options}"
    )
    await pool.open()
    try:
        engine: Any = SimpleNamespace(pool=pool)
        yield Queries(Reading(engine, scope), {person.id: person.name for person in CAMPAIGN.people})
    finally:
        await pool.close()


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done about words that very many cases have is done about those that a hundred have; and more cases than
    sixty are not counted."""
    monkeypatch.setattr(reading_cases, "RARE", 3)
    monkeypatch.setattr(reading_cases, "COUNTED", 60)


async def walk(queries: Queries, viewer: Viewer, wanted: Filter, database: ServiceDatabase, added: list[int]) -> None:
    """Forth to the end and back, while cases are added before some of the pages."""
    before = {row.id for row in await everything(queries, viewer, wanted)}
    forth, place, turns = [], None, iter(added)
    while True:
        if more := next(turns, 0):
            assert list(fill(database.role("writer"), CAMPAIGN, more))[-1] == more
        page = await queries.listed(viewer, wanted, place)
        forth += [row.id for row in page.rows]
        assert (page.before is None) == (place is None)
        if page.after is None:
            break
        place = page.after
    back = [row.id for row in page.rows]
    while page.before is not None:
        page = await queries.listed(viewer, wanted, page.before)
        back = [row.id for row in page.rows] + back
    for seen in (forth, back):
        assert len(seen) == len(set(seen))
        assert before <= set(seen)
    whole = [row.id for row in await everything(queries, viewer, wanted)]
    assert [id_ for id_ in whole if id_ in before] == [id_ for id_ in forth if id_ in before]
    assert back == [id_ for id_ in whole if id_ in set(back)]


async def everything(queries: Queries, viewer: Viewer, wanted: Filter) -> list[CaseRow]:
    return await queries.cases(viewer, replace(wanted, limit=100_000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    who=st.sampled_from(sorted(VIEWERS)), what=st.sampled_from(sorted(NARROWED)), by=st.sampled_from(SORTS),
    limit=st.integers(7, 60), days=st.integers(0, 80), added=st.lists(st.integers(0, 2), max_size=6),
)  # fmt: skip
def test_whatever_is_added_meanwhile_each_case_is_met_once_forth_and_back(
    filled: ServiceDatabase, few_are_many: None, who: str, what: str, by: str, limit: int, days: int, added: list[int]
) -> None:
    begins = at("2021-12-28 00:00") + timedelta(days=days)
    narrowed = NARROWED[what]
    if narrowed.opened_from is None:
        narrowed = replace(narrowed, opened_from=begins, opened_before=begins + timedelta(days=9))
    wanted = replace(narrowed, by=by, limit=limit, now=NOW)

    async def walked() -> None:
        async with asking(filled) as queries:
            await walk(queries, VIEWERS[who], wanted, filled, added)

    asyncio.run(walked())


async def test_a_list_counts_what_it_shows(filled: ServiceDatabase, few_are_many: None) -> None:
    async with asking(filled) as queries:
        for viewer in VIEWERS.values():
            for name, narrowed in NARROWED.items():
                wanted = replace(narrowed, now=NOW)
                shown = len(await everything(queries, viewer, wanted))
                listed = await queries.listed(viewer, wanted)
                assert listed.total == min(shown, listed.counted + 1), name
                assert listed.counted in (60, wanted.limit), name
                assert len(listed.rows) == min(shown, wanted.limit), name
                assert await queries.count(viewer, wanted) == listed.total, name


async def test_nobody_finds_what_is_not_his(filled: ServiceDatabase, few_are_many: None) -> None:
    async with asking(filled) as queries:
        for narrowed in NARROWED.values():
            wanted = replace(narrowed, now=NOW)
            of_all = {row.id for row in await everything(queries, VIEWERS["office"], wanted)}
            for who, units in (("county", {"140525"}), ("group", set(CAMPAIGN.group("g1").units))):
                rows = await everything(queries, VIEWERS[who], wanted)
                assert {row.id for row in rows} <= of_all
                verified = {
                    UUID(str(id_)) for (id_,) in filled.rows("SELECT case_id FROM escalations WHERE verifier = 'g1'")
                }
                assert all(row.unit in units or (who == "group" and row.id in verified) for row in rows)


async def test_words_are_found_in_any_order_and_numbers_in_any_bracket(filled: ServiceDatabase) -> None:
    ((id_, matter, enterprise, letter),) = filled.rows(
        "SELECT id, matter, enterprise, letter FROM cases WHERE letter IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    number = letter.translate(str.maketrans("（）〔〕", "()[]"))
    spelt = (
        letter, number, f"  {number.upper()} ", f"{enterprise} {matter[:4]}", f"{matter[:4]} {enterprise}",
        f"{enterprise[-2:]} {number}", str(id_), f"{matter}　{number}",
    )  # fmt: skip
    async with asking(filled) as queries:
        for text in spelt:
            found = await queries.cases(VIEWERS["office"], Filter(text=text, limit=3_000))
            assert id_ in {row.id for row in found}, text
        for text in (number, str(id_)):
            assert len(await queries.cases(VIEWERS["office"], Filter(text=text))) == 1
        assert await queries.cases(VIEWERS["office"], Filter(text="〔〕")) == []
        for text in ("100%", "a_b", "\\", "'", "气瓶'", "| &", "!气瓶", "气瓶:*"):
            assert await queries.cases(VIEWERS["office"], Filter(text=text)) == [], text


async def test_who_handles_a_case_is_found_by_name(filled: ServiceDatabase) -> None:
    handler = CAMPAIGN.person("p-zezhou-2")
    ((id_, matter),) = filled.rows("SELECT id, matter FROM cases WHERE unit = '140525' ORDER BY id LIMIT 1")
    filled.rows("UPDATE case_words SET handler = %s WHERE id = %s", (handler.id, id_))
    async with asking(filled) as queries:
        for text in (handler.name, f"{handler.name} {matter[:3]}", f"{matter[:3]} {handler.name[:2]}"):
            assert id_ in {row.id for row in await queries.cases(VIEWERS["county"], Filter(text=text, limit=3_000))}


@dataclass
class Plans:
    """The plan of every statement about cases, as it ran."""

    found: list[tuple[str, dict[str, Any]]]

    @classmethod
    def taken(cls, monkeypatch: pytest.MonkeyPatch) -> Plans:
        plans = cls([])
        execute = psycopg.AsyncCursor.execute

        async def explained(self: Any, query: Any, *args: Any, **more: Any) -> Any:
            if isinstance(query, str) and " FROM cases" in query:
                async with psycopg.AsyncCursor(self.connection) as cursor:
                    await execute(cursor, f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *args, **more)
                    ((plan,),) = await cursor.fetchall()
                plans.found.append((query, plan[0]["Plan"]))
            return await execute(self, query, *args, **more)

        monkeypatch.setattr(psycopg.AsyncCursor, "execute", explained)
        return plans

    def nodes(self) -> Iterator[tuple[str, dict[str, Any]]]:
        waiting = list(self.found)
        while waiting:
            query, node = waiting.pop()
            yield query, node
            waiting += [(query, inner) for inner in node.get("Plans", ())]


def plainly(node: dict[str, Any]) -> dict[str, Any]:
    names = (
        "Node Type",
        "Relation Name",
        "Index Name",
        "Filter",
        "Index Cond",
        "Rows Removed by Filter",
        "Actual Loops",
    )
    return {name: node[name] for name in names if name in node}


async def test_no_list_looks_through_all_cases(
    filled: ServiceDatabase, few_are_many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL is made to prefer any index to reading a whole table: where it still reads one, there is none. And an
    index that serves only to read a table in an order, leaving most of it out, serves nobody."""
    plans = Plans.taken(monkeypatch)
    async with asking(filled, "-c enable_seqscan=off -c max_parallel_workers_per_gather=0") as queries:
        for viewer in VIEWERS.values():
            for narrowed in NARROWED.values():
                for by in SORTS:
                    wanted = replace(narrowed, now=NOW, by=by)
                    page = await queries.listed(viewer, wanted)
                    if page.after is not None:
                        await queries.listed(viewer, wanted, page.after)
                        await queries.listed(viewer, wanted, replace(page.after, back=True))
            await queries.cases(viewer, Filter(before=UUID(int=7 << 76)))
        for role, desk in DESKS.items():
            who = VIEWERS.get(role, VIEWERS["office"])
            await queries.lists(who, [replace(narrowed, now=NOW) for _, _, narrowed in desk])
    assert len(plans.found) > 300
    for query, node in plans.nodes():
        if node.get("Relation Name") in GROWING:
            counts_whatever_comes_first = "count(*)" in query and "WHERE true AND" in query
            assert counts_whatever_comes_first or node["Node Type"] != "Seq Scan", f"{query}\n{plainly(node)}"
            left_out = node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
            looks_at_words = "case_has" in query  # until it has a page of those that have them
            assert looks_at_words or left_out < CASES * 0.8, f"{query}\n{plainly(node)}"


async def test_what_was_filled_in_is_what_the_events_say(filled: ServiceDatabase) -> None:
    filled.rows("UPDATE case_words SET handler = NULL")
    found = await rebuild(filled.server.dsn(filled.name), PROJECTOR, {}, swap=False)
    assert {name: one.differing for name, one in found.tables.items()} == dict.fromkeys(PROJECTOR.tables, 0)
    assert found.tables["case_words"].rows >= CASES


def test_who_fills_in_says_how_much_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["0", "--data", "x"], ["10"], ["many", "--data", "x"], ["10", "--data", "x", "--dsn", "y"]):
        with pytest.raises(SystemExit) as ended:
            bench(["fill", *wrong])
        assert ended.value.code == 2
    assert bench(["fill", "5", "--dsn", "postgresql://nobody@127.0.0.1:1/none"]) == 1
    assert "未完成" in capsys.readouterr().err
