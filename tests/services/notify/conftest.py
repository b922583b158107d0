"""A post room in which everything has happened."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.notify.handlers.weeks import Weeks
from tests.services.notify import trouble
from tests.services.notify.postroom import CAMPAIGN, PostRoom
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)


def everything_happens() -> PostRoom:
    """A post room in which every kind of event has happened."""
    room = PostRoom(by_mail=True)
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), life.escalated(CASE))
    room.wait_until("2022-01-21 09:00")
    room.mail(error="ConnectionRefusedError")
    room.wait_until("2022-01-21 09:30")
    room.mail()
    room.told_by_cases(trouble.assigned(CASE))
    room.told_by_cases(life.closed(CASE), trouble.cleared(CASE))
    room.told_by_cases(life.reopened(CASE), replace(life.closed(CASE), conclusion="not_borne_out"))
    room.told_by_cases(life.reopened(CASE), life.closed(CASE))
    disclosure, director = str(room.items()[-1]["id"]), "director:p-deputy-director"
    room.give("check", disclosure, text="9时30分停产。", answers={"exact_time": "已公告"})
    room.give("approve", disclosure)
    room.give("approve", disclosure, director)
    room.give("publish", disclosure, evidence=dict.fromkeys((c.code for c in CAMPAIGN.channels), "凭据"))
    room.give("correct", disclosure, text="已停产。", reason="文字有误")
    room.sign("correct", disclosure, director)
    room.told_by_cases(trouble.suspected(CASE), trouble.found(CASE, "false_closure"))
    room.sign("correct", disclosure, director)
    room.give("publish", disclosure, evidence=dict.fromkeys((c.code for c in CAMPAIGN.channels), "凭据"))
    room.told_by_cases(life.reopened(CASE), life.closed(CASE))
    room.draft(kind="exposure", title="曝光", text="正在查处。", case=CASE)
    room.give("withdraw", disclosure, director, reason="处罚被撤销")
    weeks = Weeks(CAMPAIGN)
    room.run(lambda session: weeks.open(session, room.clock.now()))
    other = case_id(2)
    room.told_by_cases(
        life.opened(other), life.closed(other), trouble.suspected(other), trouble.cleared(other, runs=False)
    )
    room.wait_until("2022-02-25 08:00")
    room.told_by_cases(life.opened(case_id(3)), life.not_signed_for(case_id(3)), trouble.taken_back(case_id(3)))
    third = case_id(4)
    room.told_by_cases(life.opened(third), life.closed(third))
    last = str(room.items()[-1]["id"])
    room.give("check", last)
    room.give("approve", last)
    room.give("approve", last, director)
    room.give("publish", last, evidence=dict.fromkeys((c.code for c in CAMPAIGN.channels), "凭据"))
    room.wait_until("2022-03-31 00:00")
    return room


@pytest.fixture(scope="module")
def eventful() -> PostRoom:
    return everything_happens()
