"""One producer's events are taken in in its order, each once, whatever the bus does with them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from shared.platform.event_store.ids import new_id
from shared.platform.messaging.handler import Delivery, Handler, Metrics
from tests.support.lanes import lane_on
from tests.support.mirror import (
    HANDLERS,
    POISON,
    PRODUCER,
    REFUSED_BY_THE_DATABASE,
    LiftChanged,
    delivery,
    history,
    inbox_on,
    position,
    remarks,
    take_until,
)
from tests.support.proxy import Proxy
from tests.support.servers import Database

LETTERS = "SELECT sequence, name, partitionkey, reason FROM dead_letters ORDER BY sequence"


async def test_events_are_taken_in_in_order_and_the_position_moves_with_them(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await inbox.take(history(lift, "door", "rope"))
        assert (inbox.sequence, inbox.has_gap, inbox.interrupted) == (3, False, False)
    assert remarks(database) == {lift: ["door", "rope"]}
    assert database.rows("SELECT * FROM consumer_positions") == [(PRODUCER, 3, 3)]


async def test_an_event_that_changes_much_is_a_command_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others take their turn between two of its kind."""
    lift = new_id()
    commands: list[Any] = []
    monkeypatch.setitem(HANDLERS, "LiftInspected", replace(HANDLERS["LiftInspected"], alone=True))
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        submit = lane.submit

        def counted(command: Any) -> Any:
            commands.append(command)
            return submit(command)

        monkeypatch.setattr(lane, "submit", counted)
        await inbox.take(history(lift, "door", "rope"))
    assert len(commands) == 3
    assert remarks(database) == {lift: ["door", "rope"]}


async def test_an_event_that_comes_again_is_skipped_also_after_a_restart(database: Database) -> None:
    lift = new_id()
    events = history(lift, "door", "rope")
    async with lane_on(database.writer) as lane:
        async with inbox_on(database, lane) as inbox:
            await inbox.take(events)
            await inbox.take(events)
        async with inbox_on(database, lane) as inbox:
            await inbox.take(events)
    assert remarks(database) == {lift: ["door", "rope"]}


async def test_an_event_that_comes_too_early_waits_for_those_before_it(database: Database) -> None:
    lift = new_id()
    first, second, third, fourth = history(lift, "a", "b", "c")
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await inbox.take([third, fourth])
        assert inbox.has_gap
        assert position(database) == 0
        await inbox.take([first])
        assert position(database) == 1
        await inbox.take([second])
        assert not inbox.has_gap
    assert remarks(database) == {lift: ["a", "b", "c"]}


def test_any_order_and_any_repetition_has_the_same_effects_exactly_once(database: Database) -> None:
    """And so has any grouping into batches, with restarts of the inbox between them, after which it reads again."""

    @settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 8), st.integers(0, 2))
    def holds_for(seed: int, copies: int, batch: int, restarts: int) -> None:
        asyncio.run(shuffle_and_take(random.Random(seed), copies, batch, restarts))

    async def shuffle_and_take(chance: random.Random, copies: int, batch: int, restarts: int) -> None:
        lifts = [new_id(), new_id()]
        start = position(database)
        events = [*history(lifts[0], "a", "b", "c", start=start + 1), *history(lifts[1], "d", "e", start=start + 5)]
        async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
            for _ in range(restarts + 1):
                shuffled = events * copies
                chance.shuffle(shuffled)
                for first in range(0, len(shuffled), batch):
                    await inbox.take(shuffled[first : first + batch])
                assert not inbox.has_gap
                await inbox.load()
        assert position(database) == start + 7
        taken = remarks(database)
        assert (taken[lifts[0]], taken[lifts[1]]) == (["a", "b", "c"], ["d", "e"])

    holds_for()


async def test_an_event_of_an_unknown_type_and_a_field_of_an_unknown_name_are_tolerated(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await inbox.take(
            [
                delivery(1, "LiftRegistered", lift, colour="grey"),
                delivery(2, "LiftRepainted", lift),
                delivery(3, "LiftInspected", lift, "door", weather={"rain": True}),
            ]
        )
    assert remarks(database) == {lift: ["door"]}
    assert position(database) == 3
    assert database.rows(LETTERS) == []


@pytest.mark.parametrize(
    "foreign",
    [b"", b"\x00\xff", b"{}", b"[]", b'{"specversion":"1.0"}', b'{"type":1}'],
    ids=repr,
)
async def test_bytes_that_are_no_event_are_counted_and_passed_over(database: Database, foreign: bytes) -> None:
    lift, registry = new_id(), CollectorRegistry()
    first, second = history(lift, "door")
    async with lane_on(database.writer) as lane, inbox_on(database, lane, Metrics(registry)) as inbox:
        await inbox.take([Delivery(foreign, 1), first, Delivery(foreign, 3), second])
    assert remarks(database) == {lift: ["door"]}
    assert registry.get_sample_value("bihuan_inbox_foreign_total", {"producer": PRODUCER}) == 2


@pytest.mark.parametrize("written", ["{}", "{:020}", "{:07}"])
async def test_an_event_is_taken_in_with_or_without_the_zeros_before_its_number(
    database: Database, written: str
) -> None:
    """An older release left them out, and what it sent is on the bus for as long as the bus keeps it."""
    lift = new_id()
    first = delivery(1, "LiftRegistered", lift, sequence=written.format(1))
    second = delivery(2, "LiftInspected", lift, "door", sequence=written.format(2))
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await inbox.take([first, second])
    assert remarks(database) == {lift: ["door"]}
    assert position(database) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "LiftInspected"},
        {"type": "bihuan.intake"},
        {"sequence": "soon"},
        {"sequence": ""},
        {"sequence": "-1"},
        {"sequence": "00000000000000000000"},
        {"sequence": "000000000000000000001"},
        {"time": "yesterday"},
        {"data": "no object"},
        {"data": {"lift": 7}},
    ],
    ids=repr,
)
async def test_an_event_with_wrong_attributes_stops_nobody(database: Database, wrong: dict[str, Any]) -> None:
    """It is foreign, or it is parked: the events after it are taken in."""
    lift, other = new_id(), new_id()
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        first = [delivery(1, "LiftInspected", lift, "door", **wrong)]
        if not wrong.keys() <= {"time", "data"}:  # foreign: the true event comes as well
            first.append(delivery(1, "LiftRepainted", lift))
        for _ in range(3):
            await inbox.take(first)
            await inbox.take([delivery(2, "LiftRegistered", other)])
            if inbox.interrupted:
                await inbox.load()
    assert position(database) == 2
    assert remarks(database) == {other: []}


@pytest.mark.parametrize("poison", [POISON, REFUSED_BY_THE_DATABASE])
@pytest.mark.parametrize("batch", [1, 4, 100])
async def test_a_poison_event_parks_its_case_and_no_other(database: Database, poison: str, batch: int) -> None:
    """Whether the handler fails or the database refuses its row, alone in its batch or among others."""
    sick, well = new_id(), new_id()
    events = [
        delivery(1, "LiftRegistered", sick),
        delivery(2, "LiftRegistered", well),
        delivery(3, "LiftInspected", sick, "before"),
        delivery(4, "LiftInspected", sick, poison),
        delivery(5, "LiftInspected", well, "one"),
        delivery(6, "LiftInspected", sick, "after"),
        delivery(7, "LiftInspected", well, "two"),
        delivery(8, "LiftRepainted", sick),
    ]
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await take_until(inbox, events, batch, 8)
    assert remarks(database) == {sick: ["before"], well: ["one", "two"]}
    letters = database.rows(LETTERS)
    assert [(number, key) for number, _, key, _ in letters] == [(4, str(sick)), (6, str(sick))]
    assert letters[0][3].startswith(("ZeroDivisionError", "CheckViolation", "UniqueViolation"))
    assert letters[1][3] == "an earlier event of this case is parked"
    bodies = database.rows("SELECT body FROM dead_letters ORDER BY sequence")
    assert bodies == [(events[3].body,), (events[5].body,)]


@pytest.mark.parametrize("word", [b"BEGIN", b"COMMIT"])
@pytest.mark.parametrize("lose", [Proxy.lose_request, Proxy.lose_answer], ids=["unheard", "unanswered"])
async def test_a_connection_lost_while_taking_in_loses_and_repeats_nothing(
    database: Database, lose: Any, word: bytes
) -> None:
    lift = new_id()
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port)) as lane,
        inbox_on(database, lane) as inbox,
    ):
        lose(proxy, word)
        await take_until(inbox, history(lift, "a", "b", "c"), 2, 4)
    assert proxy.lost == 1
    assert remarks(database) == {lift: ["a", "b", "c"]}


async def test_a_database_that_stays_away_interrupts_and_parks_nothing(database: Database) -> None:
    lift = new_id()
    events = history(lift, "a", POISON, "c")
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.2) as lane,
        inbox_on(database, lane) as inbox,
    ):
        await inbox.take(events[:1])
        await proxy.down()
        await inbox.take(events)
        assert inbox.interrupted
        assert inbox.sequence == 1
        await proxy.up()
        await inbox.load()
        await take_until(inbox, events, 100, 4)
    assert remarks(database) == {lift: ["a"]}
    assert [row[0] for row in database.rows(LETTERS)] == [3, 4]


async def test_a_database_that_goes_away_before_the_poison_is_parked_interrupts_and_forgets_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.2) as lane,
        inbox_on(database, lane) as inbox,
    ):
        events = history(lift, POISON, "behind it")
        await inbox.take(events[:1])
        loop = asyncio.get_running_loop()

        def fail_as_the_database_goes(*_: Any) -> None:
            asyncio.run_coroutine_threadsafe(proxy.down(), loop).result(10)
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setitem(HANDLERS, "LiftInspected", Handler(LiftChanged, fail_as_the_database_goes))
            await inbox.take(events)
        assert inbox.interrupted
        await proxy.up()
        await inbox.load()
        await take_until(inbox, events, 100, 3)
    assert [row[0] for row in database.rows(LETTERS)] == [2, 3]


async def test_two_processes_that_read_the_same_producer_take_each_event_in_once(database: Database) -> None:
    lift = new_id()
    events = history(lift, *[f"{n}" for n in range(60)])
    async with (
        lane_on(database.writer) as one,
        lane_on(database.writer) as other,
        inbox_on(database, one) as first,
        inbox_on(database, other) as second,
    ):
        await asyncio.gather(take_until(first, events, 7, 61), take_until(second, events, 5, 61))
    assert remarks(database) == {lift: [f"{n}" for n in range(60)]}
    assert database.rows(LETTERS) == []


async def test_what_is_too_far_ahead_is_not_kept_but_still_missed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messaging.inbox.LARGEST_BUFFER", 3)
    lift = new_id()
    events = history(lift, *"abcdefgh")
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        await inbox.take(events[1:])
        await inbox.take(events[:1])
        assert inbox.sequence == 3
        assert inbox.has_gap
        await take_until(inbox, events, 100, 9)
    assert remarks(database) == {lift: list("abcdefgh")}


async def test_a_batch_is_one_command_and_a_bad_event_makes_it_one_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift, registry = new_id(), CollectorRegistry()
    async with lane_on(database.writer) as lane, inbox_on(database, lane, Metrics(registry)) as inbox:
        submitted: list[Any] = []
        submit = lane.submit

        def counted(command: Any) -> Any:
            submitted.append(command)
            return submit(command)

        monkeypatch.setattr(lane, "submit", counted)
        await inbox.take(history(lift, "a", "b", "c"))
        assert len(submitted) == 1
        await inbox.take([delivery(n, "LiftInspected", lift, POISON if n == 6 else "d") for n in (5, 6)])
        assert len(submitted) == 1 + 1 + 2 + 1
    assert remarks(database) == {lift: ["a", "b", "c", "d"]}
    assert database.rows("SELECT sequence FROM dead_letters") == [(6,)]
    assert registry.get_sample_value("bihuan_inbox_events_total", {"producer": PRODUCER}) == 6
