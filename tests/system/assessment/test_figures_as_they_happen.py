"""Figures are counted as facts come, in whatever order and portions, and are as if everything were counted at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from services.assessment import counting
from services.assessment.counting import Derivation
from services.assessment.domain.facts import Fact, subject_of
from services.assessment.figures import _SUMS, _SUMS_FROM_BEHIND, _around
from services.assessment.projections import PROJECTOR
from services.assessment.rules.figures import sums_of
from services.assessment.rules.measures import MEASURES
from shared.platform.event_store import canonical
from shared.platform.service.rebuild import rebuild
from tests.services.assessment.bureau import GAOPING, ZEZHOU
from tests.services.assessment.happenings import END, JANUARY, closed, facts, opened, reopened
from tests.services.assessment.histories import COUNTIES, COUNTING, GROUPS, HISTORIES, History
from tests.support.running import Running, ServiceDatabase
from tests.support.waiting import until

INSERT = """INSERT INTO facts (id, at, what, unit, event, subject) VALUES (%s, %s, %s, %s, %s, %s)"""


async def write(connection: AsyncConnection[Any], told: Sequence[Fact]) -> None:
    for fact in told:
        event = canonical.encode(fact.event).decode()
        row = (fact.id, fact.at, type(fact.event).__name__, fact.event.unit, event, subject_of(fact.event))
        await connection.execute(INSERT, row)


async def count(connection: AsyncConnection[Any]) -> None:
    async with connection.transaction():
        await counting.begin_anew(connection, "of these tests", COUNTING)
        while await counting.count(connection, COUNTING):
            pass


async def figures(connection: AsyncConnection[Any], until: Any) -> dict[tuple[str, str], int]:
    values = _around(until, COUNTING.zone)
    one, other = [(await (await connection.execute(query, values)).fetchall()) for query in (_SUMS, _SUMS_FROM_BEHIND)]
    found = {(measure, unit): n for measure, unit, n in one if n}
    assert found == {(measure, unit): n for measure, unit, n in other if n}
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=HISTORIES, data=st.data())
def test_the_order_and_the_portions_in_which_facts_come_change_no_figure_at_any_instant(
    own_database: ServiceDatabase, history: History, data: st.DataObject
) -> None:
    told = facts(*history.events())
    came = data.draw(st.permutations(told))
    portions = data.draw(st.lists(st.integers(1, 4), min_size=len(told), max_size=len(told)))

    async def run() -> None:
        async with await AsyncConnection.connect(own_database.role("writer"), autocommit=True) as connection:
            await connection.execute("TRUNCATE figure_deltas, figure_days, figure_months, enterprise_cases")
            await connection.execute("DELETE FROM uncounted")
            rest = list(came)
            while rest:
                portion, rest = rest[: portions[0]], rest[portions[0] :]
                portions.append(portions.pop(0))
                await write(connection, portion)
                await count(connection)
            gone = (
                data.draw(st.lists(st.sampled_from(told), unique_by=lambda fact: fact.id, max_size=2)) if told else []
            )
            with psycopg.connect(own_database.server.dsn(own_database.name), autocommit=True) as owner:
                owner.execute("DELETE FROM facts WHERE id = ANY(%s)", ([fact.id for fact in gone],))
            await count(connection)
            await write(connection, gone)  # as when rows are built anew
            await count(connection)
            for hours in (*data.draw(st.lists(st.integers(0, 24 * 50), max_size=3)), 24 * 50):
                until = min(JANUARY + timedelta(hours=hours), END)
                expected = sums_of(told, COUNTING, until)
                found = await figures(connection, until)
                for code in MEASURES:
                    for unit in (*COUNTIES, *GROUPS):
                        own = found.get((code, unit), 0)
                        counties = (
                            0
                            if MEASURES[code].own
                            else sum(found.get((code, one), 0) for one in COUNTIES if COUNTING.group_of[one] == unit)
                        )
                        if code != "units_due":
                            assert own + counties == expected.figure(code, unit), (code, unit, until)

    with psycopg.connect(own_database.server.dsn(own_database.name), autocommit=True) as owner:
        owner.execute(
            "TRUNCATE facts, uncounted, figure_deltas, figure_days, figure_months, enterprise_cases, figure_basis"
        )
    asyncio.run(run())


async def test_an_enterprise_that_a_case_names_no_more_is_counted_anew_from_the_beginning(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a case is confidential may come after it was closed and counted, and be counted after what came later."""
    confidential, shut, again = facts(opened("c-1", concerned=GAOPING), closed("c-1", "closure"), reopened("c-1"))
    monkeypatch.setattr(counting, "TOGETHER", 1)
    async with await AsyncConnection.connect(own_database.role("writer"), autocommit=True) as connection:
        await write(connection, [shut])
        await count(connection)
        assert (await figures(connection, END))["closure_due", ZEZHOU] == 1
        async with connection.transaction():
            await write(connection, [again, confidential])
        await count(connection)
        rows = await (
            await connection.execute(
                "SELECT subject, n, concerned FROM figure_deltas WHERE measure = 'closure_due' ORDER BY 1"
            )
        ).fetchall()
        assert rows == [(f"closings:{ZEZHOU}/case/c-1", 1, GAOPING)]


async def test_figures_that_are_wrong_are_found_by_a_rebuild_and_put_right(own_database: ServiceDatabase) -> None:
    dsn = own_database.server.dsn(own_database.name)
    async with await AsyncConnection.connect(own_database.role("writer"), autocommit=True) as connection:
        await count(connection)
        await connection.execute("INSERT INTO figure_days VALUES ('2022-01-10', 'tips_received', '140525', '', 7)")
        wrong = await rebuild(dsn, PROJECTOR, {}, derived=Derivation())
        assert (wrong.tables["figure_days"].differing, wrong.tables["figure_deltas"].differing) == (1, 0)
        await rebuild(dsn, PROJECTOR, {}, derived=Derivation(), swap=True)
        again = await rebuild(dsn, PROJECTOR, {}, derived=Derivation())
        assert not any(one.differing for one in again.tables.values())
        rows = await connection.execute("SELECT count(*) FROM figure_days")
        assert await rows.fetchone() == (0,)


async def test_what_is_counted_by_other_rules_is_counted_anew(own_database: ServiceDatabase) -> None:
    async with await AsyncConnection.connect(own_database.role("writer"), autocommit=True) as connection:
        await write(connection, facts(*History().plus().events()) or [])
        await count(connection)
        await connection.execute("INSERT INTO figure_days VALUES ('2022-01-10', 'tips_received', '140525', '', 7)")
        async with connection.transaction():
            await counting.begin_anew(connection, "other rules", COUNTING)
        rows = await connection.execute("SELECT count(*) FROM figure_days")
        assert await rows.fetchone() == (0,)


async def test_a_fact_that_cannot_be_counted_is_said_at_ready_and_counted_once_it_can_be(assessment: Running) -> None:
    database = assessment.database
    with psycopg.connect(database.server.dsn(database.name), autocommit=True) as owner:
        owner.execute(INSERT, ("cases:1", JANUARY, "CaseOpened", COUNTIES[0], "{}", "case:broken"))

        async def told() -> bool:
            async with assessment.client() as client:
                answer = await client.get("/ready")
            return answer.status_code == 503 and "数字统计失败" in answer.text

        await until(told)
        owner.execute("DELETE FROM facts")

        async def ready() -> bool:
            async with assessment.client() as client:
                return (await client.get("/ready")).status_code == 200

        await until(ready)
