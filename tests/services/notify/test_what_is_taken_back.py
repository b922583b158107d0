"""What *cases* told is no more, because its database was put back to an earlier state."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.notify.channels.smtp import Outcome
from services.notify.handlers.taking_back import DATES, PUBLISHED, SENT, TakingBack
from services.notify.web.restored import phrases
from shared.kernel.contracts.internal import cases
from tests.services.notify.postroom import CAMPAIGN, PostRoom
from tests.services.notify.trouble import assigned, cleared
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)


@pytest.fixture
def room() -> PostRoom:
    return PostRoom(by_mail=True)


def take_back(room: PostRoom) -> TakingBack:
    return TakingBack(CAMPAIGN, room.clock)


def test_nobody_is_reminded_of_a_case_that_is_void(room: PostRoom) -> None:
    room.told_by_cases(life.opened(CASE), life.transferred(CASE))
    assert room.planned
    room.told_by_cases(cases.CaseTakenBack(case=CASE, unit=life.ZEZHOU, state="taken_back"))
    assert room.planned == []


def test_nor_of_one_of_which_cases_knows_nothing_any_more(room: PostRoom) -> None:
    room.told_by_cases(life.opened(CASE), life.transferred(CASE))
    assert room.abandon(UUID(CASE), take_back(room)) is None
    assert room.planned == []


def test_nor_of_a_letter_that_is_no_more(room: PostRoom) -> None:
    """Its case waits for another one, of which somebody is reminded again."""
    room.told_by_cases(life.opened(CASE), life.transferred(CASE))
    planned = room.planned
    assert room.abandon(UUID(CASE), take_back(room), first=1) is None
    assert room.planned == []
    assert {state for _, state in room.states()} == {"stopped"}
    room.told_by_cases(life.transferred(CASE, n=18))
    assert room.planned == planned


def test_nor_of_a_second_letter_where_the_first_was_returned(room: PostRoom) -> None:
    returned = cases.CaseReturned(case=CASE, unit=life.ZEZHOU, state="opened")
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), returned, life.transferred(CASE, n=18))
    assert room.abandon(UUID(CASE), take_back(room), first=-1) is None
    assert room.planned == []


def test_of_a_case_with_its_letter_somebody_looks_at_the_dates(room: PostRoom) -> None:
    """Which of them stand, only a person can tell: none is silently dropped."""
    reopened = life.reopened(CASE)
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), reopened)
    planned = room.planned
    assert planned
    assert room.abandon(UUID(CASE), take_back(room), first=-1) == DATES
    assert room.planned == planned


def test_what_is_left_of_a_letter_that_is_no_more_somebody_looks_at(room: PostRoom) -> None:
    """A verification was under way as well."""
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), assigned(CASE))
    assert room.abandon(UUID(CASE), take_back(room), first=1) == DATES
    assert [kind for kind, _ in room.planned] == ["verification_due_tomorrow:overdue"]


def test_the_draft_of_a_forgotten_closing_is_void(room: PostRoom) -> None:
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), life.closed(CASE))
    (item,) = room.items()
    assert room.abandon(item["id"], take_back(room)) is None
    assert room.items()[0]["state"] == "superseded"


def test_the_list_says_of_which_case_letter_and_enterprise_each_is(room: PostRoom) -> None:
    room.told_by_cases(
        life.opened(CASE), life.transferred(CASE), life.escalated(CASE), cleared(CASE), life.closed(CASE)
    )
    (item,) = room.items()
    (notice, *_) = room.tables["notices"]
    results = room.events(item["id"])
    unit, letter, enterprise, title = phrases(CAMPAIGN, [*room.events(UUID(CASE)), *results], "zh")
    assert (unit, letter) == ("泽州县市场监督管理局", "（特设）移〔2022〕17号")
    assert phrases(CAMPAIGN, results, "zh") == (unit, enterprise, title)
    assert (enterprise, title) == (item["enterprise"], item["title"])
    assert letter in phrases(CAMPAIGN, room.events(notice), "zh")[1]
    assert phrases(CAMPAIGN, [], "zh") == ()


def test_what_is_published_a_person_corrects(room: PostRoom) -> None:
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.signed_for(CASE), life.closed(CASE))
    (item,) = room.items()
    disclosure = str(item["id"])
    room.give("check", disclosure, text="已停产。", answers={})
    room.give("approve", disclosure)
    room.give("approve", disclosure, "director:p-deputy-director")
    room.give("publish", disclosure, evidence=dict.fromkeys((c.code for c in CAMPAIGN.channels), "凭据"))
    assert room.abandon(item["id"], take_back(room)) == PUBLISHED


def test_a_mail_cannot_be_unsent(room: PostRoom) -> None:
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.escalated(CASE))
    (notice, other, *_) = room.tables["notices"]
    room.record(notice, Outcome())
    assert room.abandon(notice, take_back(room)) == SENT
    assert room.abandon(other, take_back(room)) is None
    assert room.tables["notices"][other]["state"] == "dropped"
