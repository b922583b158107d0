"""An event about many things of which not all can be taken in: what can is, and the letter holds the rest."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session
from shared.platform.messaging.handler import Handler, Received
from shared.platform.messaging.inbox import Failure, Replay
from tests.support.lanes import lane_on
from tests.support.mirror import HANDLERS, PRODUCER, LiftChanged, delivery, inbox_on, remarks
from tests.support.sample import Lift, inspect
from tests.support.servers import Database

ALL = "LiftsInspected"
LETTERS = "SELECT sequence, partitionkey, reason, replayed IS NOT NULL FROM dead_letters ORDER BY sequence"


@pytest.fixture
def sick(monkeypatch: pytest.MonkeyPatch) -> set[UUID]:
    """The lifts that cannot be inspected now, by an event that is about all lifts that its remark names."""
    unwell: set[UUID] = set()

    def inspect_all(session: Session, event: LiftChanged, _: Received) -> str | None:
        left = []
        for lift in map(UUID, str(event.remark).split()):
            found = session.get(Lift, lift)
            if lift in unwell:
                left.append(f"{lift}: unwell")
            elif not found.remarks:
                inspect(lift, "by all")(session)
        return "\n".join(left) or None

    monkeypatch.setitem(HANDLERS, ALL, Handler(LiftChanged, inspect_all))
    return unwell


@pytest.mark.parametrize("together", [False, True])
async def test_what_can_be_taken_in_is_and_a_replay_does_the_rest_once(
    database: Database, sick: set[UUID], *, together: bool
) -> None:
    lifts = [new_id() for _ in range(3)]
    key = new_id()
    sick.add(lifts[1])
    events = [
        *[delivery(n, "LiftRegistered", lift) for n, lift in enumerate(lifts, 1)],
        delivery(4, ALL, key, " ".join(map(str, lifts))),
        delivery(5, "LiftInspected", lifts[2], "afterwards"),
    ]
    async with lane_on(database.writer) as lane, inbox_on(database, lane) as inbox:
        for batch in [events] if together else [[one] for one in events]:
            await inbox.take(batch)
        assert inbox.sequence == 5
        well = {lifts[0]: ["by all"], lifts[2]: ["by all", "afterwards"]}
        assert remarks(database) == well | {lifts[1]: []}
        reason = f"{lifts[1]}: unwell"
        assert database.rows(LETTERS) == [(4, str(key), reason, False)]
        assert await inbox.replay(str(key)) == Replay([], Failure(4, reason), 1)
        assert database.rows(LETTERS) == [(4, str(key), reason, False)]
        sick.clear()
        assert await inbox.replay(str(key)) == Replay([4], None, 0)
    assert remarks(database) == well | {lifts[1]: ["by all"]}, "what was done before is recognised"
    assert database.rows(LETTERS)[0][3]
    assert database.one("SELECT sequence FROM consumer_positions WHERE producer = %s", (PRODUCER,)) == 5
