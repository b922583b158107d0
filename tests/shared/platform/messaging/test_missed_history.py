"""A handler that is new, or mended, is given what happened before it came: in order, once, to it alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from shared.platform.event_store.ids import new_id
from shared.platform.messaging import subscriber as subscribers
from shared.platform.messaging.handler import Handler, Metrics
from tests.shared.platform.messaging.test_the_subscriber import send
from tests.support import mirror
from tests.support.lanes import lane_on
from tests.support.mirror import POISON, PRODUCER, LiftChanged, body, inbox_on, position, remarks, subscribed
from tests.support.servers import Database
from tests.support.waiting import until

REGISTERED = Handler(LiftChanged, mirror.mirror_registration)
INSPECTED = Handler(LiftChanged, mirror.mirror_inspection)
LIFT = new_id()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "WAIT", 0.3)


@pytest.fixture
def only_registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Handler]:
    """The consumer's table of handlers: at first, nobody does anything about inspections."""
    handlers = {"LiftRegistered": REGISTERED}
    monkeypatch.setattr(mirror, "HANDLERS", handlers)
    return handlers


async def run(consumer: Database, url: str, reach: int, metrics: Metrics | None = None) -> None:
    """A process of the consumer, until it has taken in what was missed, and everything up to `reach`."""
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane, metrics) as inbox,
        subscribed(url, inbox) as subscriber,
    ):
        await until(lambda: subscriber.subscription is not None and position(consumer) >= reach)


def inspected(lift: UUID, first: int, last: int) -> list[bytes]:
    return [body(number, "LiftInspected", lift, f"{number}") for number in range(first, last + 1)]


async def test_a_new_handler_is_given_the_history_and_then_what_comes_now(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 250))
    await run(consumer, nats_server.admin_url, 250)
    assert remarks(consumer) == {LIFT: []}, "nobody has done anything about them"
    await send(bus, *inspected(LIFT, 251, 255))
    only_registered["LiftInspected"] = INSPECTED
    await run(consumer, nats_server.admin_url, 255)
    assert remarks(consumer) == {LIFT: [f"{number}" for number in range(2, 256)]}
    await send(bus, *inspected(LIFT, 256, 260))
    await run(consumer, nats_server.admin_url, 260)
    assert remarks(consumer) == {LIFT: [f"{number}" for number in range(2, 261)]}, "and it is not given them again"


async def test_a_mended_handler_is_given_the_history_once_more_and_the_others_are_not(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    only_registered["LiftInspected"] = Handler(LiftChanged, lambda *_: None)  # its mistake: it does nothing
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 5))
    await run(consumer, nats_server.admin_url, 5)
    assert remarks(consumer) == {LIFT: []}
    only_registered["LiftInspected"] = Handler(LiftChanged, mirror.mirror_inspection, version=2)
    await run(consumer, nats_server.admin_url, 5)
    assert remarks(consumer) == {LIFT: ["2", "3", "4", "5"]}
    only_registered["LiftInspected"] = INSPECTED
    await run(consumer, nats_server.admin_url, 5)
    assert remarks(consumer) == {LIFT: ["2", "3", "4", "5"]}, "an older process that still runs asks for nothing"


async def test_what_an_older_process_takes_in_between_is_owed_to_the_new_handler(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 3))
    await run(consumer, nats_server.admin_url, 3)
    only_registered["LiftInspected"] = INSPECTED
    await run(consumer, nats_server.admin_url, 3)
    del only_registered["LiftInspected"]
    await send(bus, *inspected(LIFT, 4, 5))
    await run(consumer, nats_server.admin_url, 5)
    assert remarks(consumer) == {LIFT: ["2", "3"]}
    only_registered["LiftInspected"] = INSPECTED
    await send(bus, *inspected(LIFT, 6, 7))
    await run(consumer, nats_server.admin_url, 7)
    assert remarks(consumer) == {LIFT: ["2", "3", "4", "5", "6", "7"]}


async def test_an_older_process_does_not_settle_what_a_newer_handler_is_owed(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    only_registered["LiftInspected"] = Handler(LiftChanged, lambda *_: None)
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 5))
    await run(consumer, nats_server.admin_url, 5)
    newer = Handler(LiftChanged, mirror.mirror_inspection, version=2)
    only_registered["LiftInspected"] = newer
    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane) as inbox:
        assert await inbox.missed.look(5), "and then it dies"
    only_registered["LiftInspected"] = Handler(LiftChanged, lambda *_: None)
    await run(consumer, nats_server.admin_url, 5)
    only_registered["LiftInspected"] = newer
    await run(consumer, nats_server.admin_url, 5)
    assert remarks(consumer) == {LIFT: ["2", "3", "4", "5"]}


async def test_the_first_handler_of_a_service_that_only_showed_rows_is_given_the_history(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    only_registered["LiftRegistered"] = Handler(LiftChanged, None, show=lambda *_: None)
    await send(bus, body(1, "LiftRegistered", LIFT))
    await run(consumer, nats_server.admin_url, 1)
    only_registered["LiftRegistered"] = REGISTERED
    await run(consumer, nats_server.admin_url, 1)
    assert remarks(consumer) == {LIFT: []}


async def test_two_new_handlers_are_given_the_history_in_its_own_order(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    del only_registered["LiftRegistered"]
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 3))
    await run(consumer, nats_server.admin_url, 3)
    only_registered |= {"LiftRegistered": REGISTERED, "LiftInspected": INSPECTED}
    await run(consumer, nats_server.admin_url, 3)
    assert remarks(consumer) == {LIFT: ["2", "3"]}


async def test_what_was_replayed_once_and_fails_as_history_waits_again(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    only_registered["LiftInspected"] = INSPECTED
    await send(bus, body(1, "LiftRegistered", LIFT), body(2, "LiftInspected", LIFT, POISON))
    await run(consumer, nats_server.admin_url, 2)
    consumer.rows("UPDATE dead_letters SET replayed = now()")
    only_registered["LiftInspected"] = Handler(LiftChanged, mirror.mirror_inspection, version=2)
    await run(consumer, nats_server.admin_url, 2)
    assert consumer.rows("SELECT sequence, missed FROM dead_letters WHERE replayed IS NULL") == [(2, True)]


async def test_what_follows_of_a_case_waits_behind_what_failed_and_is_replayed_after_it(
    consumer: Database,
    bus: Client,
    nats_server: EmbeddedNats,
    only_registered: dict[str, Handler],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await send(bus, body(1, "LiftRegistered", LIFT), body(2, "LiftInspected", LIFT, POISON), *inspected(LIFT, 3, 4))
    await run(consumer, nats_server.admin_url, 4)
    only_registered["LiftInspected"] = INSPECTED
    await run(consumer, nats_server.admin_url, 4)
    assert remarks(consumer) == {LIFT: []}
    monkeypatch.setattr(mirror, "POISON", "mended")
    async with lane_on(consumer.writer) as lane, inbox_on(consumer, lane) as inbox:
        assert (await inbox.replay(str(LIFT))).replayed == [2, 3, 4]
    assert remarks(consumer) == {LIFT: [POISON, "3", "4"]}


async def test_read_rows_are_not_written_again_by_history(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    shown: list[str | None] = []
    only_registered["LiftInspected"] = Handler(LiftChanged, None, show=lambda _, event, __: shown.append(event.remark))
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 4))
    await run(consumer, nats_server.admin_url, 4)
    only_registered["LiftInspected"] = Handler(LiftChanged, mirror.mirror_inspection, show=shown.append)  # type: ignore[arg-type]  # not called
    await run(consumer, nats_server.admin_url, 4)
    assert remarks(consumer) == {LIFT: ["2", "3", "4"]}
    assert shown == ["2", "3", "4"]


async def test_what_fails_of_it_is_put_aside_and_can_be_replayed(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    bad = new_id()
    await send(
        bus, body(1, "LiftRegistered", LIFT), body(2, "LiftRegistered", bad), body(3, "LiftInspected", bad, POISON),
        *inspected(LIFT, 4, 6),
    )  # fmt: skip
    await run(consumer, nats_server.admin_url, 6)
    only_registered["LiftInspected"] = INSPECTED
    await run(consumer, nats_server.admin_url, 6)
    assert remarks(consumer) == {LIFT: ["4", "5", "6"], bad: []}
    assert consumer.rows("SELECT sequence, missed FROM dead_letters WHERE replayed IS NULL") == [(3, True)]


async def test_what_makes_once_more_what_is_there_already_is_put_aside_and_holds_nobody_up(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    await send(bus, body(1, "LiftRegistered", LIFT), body(2, "LiftRegistered", new_id()))
    await run(consumer, nats_server.admin_url, 2)
    only_registered["LiftRegistered"] = Handler(LiftChanged, mirror.mirror_registration, version=2)
    third = new_id()
    await send(bus, body(3, "LiftRegistered", third))
    await run(consumer, nats_server.admin_url, 3)
    assert third in remarks(consumer)
    assert consumer.rows("SELECT sequence FROM dead_letters WHERE missed ORDER BY 1") == [(1,), (2,)]


async def test_where_the_bus_has_lost_the_beginning_it_is_told_and_the_present_flows(
    consumer: Database, bus: Client, nats_server: EmbeddedNats, only_registered: dict[str, Handler]
) -> None:
    await send(bus, body(1, "LiftRegistered", LIFT), *inspected(LIFT, 2, 5))
    await run(consumer, nats_server.admin_url, 5)
    await bus.jetstream().purge_stream(mirror.STREAM, keep=2)
    only_registered["LiftInspected"] = INSPECTED
    await send(bus, *inspected(LIFT, 6, 7))
    registry = CollectorRegistry()
    async with (
        lane_on(consumer.writer) as lane,
        inbox_on(consumer, lane, Metrics(registry)) as inbox,
        subscribed(nats_server.admin_url, inbox),
    ):
        await until(lambda: position(consumer) == 7)
    assert remarks(consumer) == {LIFT: ["6", "7"]}
    assert registry.get_sample_value("bihuan_inbox_missed", {"producer": PRODUCER}) == 5
