"""What *notify* hears, stores and shows: nothing is forgotten, names never change."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.notify.domain import events
from services.notify.domain.disclosure import Disclosure
from services.notify.domain.reminders import Reminders
from services.notify.domain.sentences import in_words
from services.notify.domain.values import About, Wording
from services.notify.projections import PROJECTOR
from services.notify.publishers import INTERNAL, PRIVATE, PUBLIC
from shared.kernel.campaign.due import printed
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal.cases import LoopMoved
from shared.kernel.contracts.steps import LoopStep
from shared.platform.event_store.envelope import Envelope, system
from shared.platform.event_store.events import stored_events
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.snapshots import _shape, take
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.support import life
from tests.support.life import SHANGHAI
from tests.support.running import case_id

CONTRACTS = {name for name, contract in internal_contracts("cases").items() if hasattr(contract, "case")}
EVENTS = stored_events("notify")
IGNORED = frozenset(
    {
        "PenaltyProceedingDecided",
        "AccountabilityImposed",
        "CaseAssessed",
        "OfficeClockDone",  # what ends a clock is heard as it is
    }
)  # of which nobody is reminded and nobody told
CASE = case_id(1)
ABOUT = About("result", life.ZEZHOU)
ENVELOPE = Envelope(life.OPENED, system("test"), "key", CAMPAIGN.id, CAMPAIGN.version)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_event_of_cases_is_either_heard_or_declared_ignored(name: str) -> None:
    assert (name in PostRoom().handlers["cases"]) != (name in IGNORED)


def test_each_handler_is_given_the_contract_of_its_name() -> None:
    heard = PostRoom().handlers["cases"]
    contracts = internal_contracts("cases")
    assert {name: handler.contract for name, handler in heard.items()} == {name: contracts[name] for name in heard}
    assert CONTRACTS >= IGNORED


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_shown_in_a_table_but_that_an_item_is_one_of_its_case(kind: type) -> None:
    assert (kind in PROJECTOR) != (kind is events.ItemNoted)


def test_the_loop_of_a_case_is_shown_as_cases_last_drew_it() -> None:
    room, steps = PostRoom(), (LoopStep("found", "done", life.OPENED, "群众举报"),)
    room.told_by_cases(life.opened(CASE))
    assert room.tables["case_loops"][CASE]["version"] == 1
    room.told_by_cases(LoopMoved(case=CASE, unit=life.ZEZHOU, state="closed", tip=None, version=7, steps=steps))
    assert room.tables["case_loops"] == {CASE: {"case_id": CASE, "version": 7, "steps": steps}}


def test_every_kind_of_event_survives_its_bytes(eventful: PostRoom) -> None:
    assert {type(event) for event in eventful.events()} == set(EVENTS)
    noted = next(event for event in eventful.events() if isinstance(event, events.DeadlinesNoted))
    assert noted.planned[0].at == at("2022-01-25 09:00")


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_either_told_or_declared_private(kind: type) -> None:
    told = kind.__name__ in PUBLIC.contracts or kind.__name__ in INTERNAL.contracts
    assert told != (kind in PRIVATE)


def test_every_contract_of_notify_is_sent(eventful: PostRoom) -> None:
    assert set(eventful.told(public=True)) == public_contracts("notify").keys()
    assert set(eventful.told(public=False)) == internal_contracts("notify").keys()


def test_an_aggregate_can_be_snapshotted_whole() -> None:
    struct, _ = _shape(Reminders)
    assert {"unit", "letter", "sign_for_due", "feedback_due", "planned"} <= set(struct.__struct_fields__)
    assert {"state", "wording", "doubts", "channels"} <= set(_shape(Disclosure)[0].__struct_fields__)
    take(Disclosure.draft(ENVELOPE, id=new_id(), about=ABOUT, wording=Wording("题", "文"), outcomes=()))


def test_no_stored_event_says_more_than_codes_dates_and_the_sentence() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.transferred(CASE), life.not_signed_for(CASE), life.escalated(CASE))
    room.wait_until("2022-02-12 00:00")
    for event in room.events():
        assert event.envelope.actor.role == "system"
        assert event.envelope.rule


@pytest.mark.parametrize(
    ("due", "words", "iso"),
    [
        (at("2022-02-12 00:00"), "2022年2月11日24:00", "2022-02-11T23:59:59+08:00"),
        (at("2022-01-01 00:00"), "2021年12月31日24:00", "2021-12-31T23:59:59+08:00"),
        (at("2022-01-21 17:31"), "2022年1月21日17:31", "2022-01-21T17:31:00+08:00"),
        (datetime.fromisoformat("2022-02-11T16:00:00+00:00"), "2022年2月11日24:00", "2022-02-11T23:59:59+08:00"),
    ],
)
def test_the_end_of_a_day_is_written_as_its_24_o_clock(due: datetime, words: str, iso: str) -> None:
    assert in_words(due, SHANGHAI) == words
    assert printed(due, SHANGHAI) == iso
