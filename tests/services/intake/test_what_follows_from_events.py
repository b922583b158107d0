"""Read tables, what others are told, the loop before a case, the words of the pages: nothing is forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import jinja2
import pytest

from services.intake import consumers, projections, publishers
from services.intake.domain import events, loop
from services.intake.domain.authority import STATE_NAMES, STATES
from services.intake.rules.triage import DOUBTS
from services.intake.web import words
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import cases
from shared.kernel.loopbar import loop_svg
from shared.platform.event_store.session import Session
from shared.platform.messaging.inbox import Received
from tests.services.intake.tips import NOON
from tests.support import catalogues

EVENTS = [cls for cls in vars(events).values() if isinstance(cls, type) and "TOPIC" in vars(cls)]
GOLDEN = Path(__file__).with_name("stored_names.txt")
TEMPLATES = Path(projections.__file__).parent / "templates"
PERSONAL = {"text", "name", "phone", "identity", "account", "enterprise", "place", "matter"}


def test_stored_names_are_unique_and_never_change() -> None:
    """An event in the database is found by this name for ever: add lines, never change or remove one."""
    assert sorted([*(cls.TOPIC for cls in EVENTS), "intake.Tip"]) == GOLDEN.read_text().split()


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_changes_a_read_table(kind: type) -> None:
    assert projections._METHODS[kind]


def test_every_method_of_a_read_table_belongs_to_an_event() -> None:
    known = {projections._method_name(kind) for kind in EVENTS}
    for table in projections._TABLES:
        assert {name for name in vars(type(table)) if not name.startswith("_")} <= known


def test_every_contract_is_made_by_an_event_of_its_name() -> None:
    assert {cls.__name__ for cls in publishers.PUBLIC} == set(public_contracts("intake"))
    assert {cls.__name__ for cls in publishers.INTERNAL} == set(internal_contracts("intake"))


@pytest.mark.parametrize("contract", public_contracts("intake").values(), ids=lambda one: one.__name__)
def test_no_public_contract_has_room_for_what_a_tipster_said(contract: type) -> None:
    assert not get_type_hints(contract).keys() & PERSONAL


# --- the loop ---


@pytest.mark.parametrize("state", STATES)
def test_a_tip_shows_all_seven_steps_before_there_is_a_case(state: str) -> None:
    steps = loop.steps(state, NOON, NOON + timedelta(hours=4), None if state == "received" else NOON)
    assert tuple(step.name for step in steps) == loop.NAMES
    assert loop_svg(words.bar(steps, "zh"))
    assert [step.state for step in steps[:2]] == ["done", "current" if state == "received" else "done"]


def test_a_tip_that_ends_without_a_case_needs_no_further_step() -> None:
    steps = loop.steps("dismissed", NOON, NOON, NOON)
    assert {step.state for step in steps[2:]} == {"not_needed"}


# --- what cases tells ---


class NoCache:
    """A session that only writes rows needs no aggregates."""


def rows_after(event: object, handler: object) -> list[object]:
    session = Session(NoCache(), None, None)  # type: ignore[arg-type]
    handler(session, event, Received("cases", type(event).__name__, "c", 1, NOON))  # type: ignore[operator]
    return list(session.work.changes._by_row.values())


COMMON = {"case": "0190a5c0-0000-7000-8000-000000000002", "unit": "140525", "state": "opened"}
TIP = "0190a5c0-0000-7000-8000-000000000001"


def test_a_case_that_came_of_a_tip_is_linked_to_it() -> None:
    step = cases.LoopStep("found", "done", NOON, "群众举报")
    opened = cases.CaseOpened(**COMMON, origin="tip", tip=TIP, opened_at=NOON, steps=(step,))
    (change,) = rows_after(opened, consumers.a_case_came_of_a_tip)
    assert change.new  # type: ignore[attr-defined]
    assert str(change.values["tip"]) == TIP  # type: ignore[attr-defined]
    assert change.values["steps"] == (step,)  # type: ignore[attr-defined]


def test_a_case_that_an_inspection_found_leaves_no_row_here() -> None:
    opened = cases.CaseOpened(**COMMON, origin="inspection", tip=None, opened_at=NOON)
    assert rows_after(opened, consumers.a_case_came_of_a_tip) == []


def test_the_loop_and_the_date_follow_the_case() -> None:
    step = cases.LoopStep("found", "done", NOON, "群众举报")
    moved = cases.LoopMoved(**COMMON, tip=TIP, version=2, steps=(step,))
    (change,) = rows_after(moved, consumers.the_loop_moved)
    assert change.values["steps"] == (step,)  # type: ignore[attr-defined]
    sent = cases.CaseTransferred(
        **COMMON, letter="（特设）移〔2022〕1号", transferred_at=NOON, sign_for_due=NOON, feedback_due=NOON
    )
    (change,) = rows_after(sent, consumers.a_letter_went_out)
    assert change.values["feedback_due"] == NOON  # type: ignore[attr-defined]


def test_every_handler_takes_the_contract_of_its_event() -> None:
    contracts = internal_contracts("cases")
    for name, handler in consumers.handlers()["cases"].items():
        assert handler.contract is contracts[name]


# --- the words of the pages ---


def test_every_word_of_the_pages_has_its_english() -> None:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 – only read for its words
    said = {
        message
        for path in TEMPLATES.glob("*.html")
        for _, _, message in environment.extract_translations(path.read_text())
        if isinstance(message, str)
    }
    said |= {*words.FIELD_ERRORS.values(), words.OTHERWISE, *DOUBTS.values(), *STATE_NAMES.values()}
    said |= {step.note for state in STATES for step in loop.steps(state, NOON, NOON, NOON) if step.note}
    assert said - catalogues.english(catalogues.of("intake")) == set()


def test_time_left_is_said_in_hours_and_what_is_late_is_said_to_be() -> None:
    assert words.left(NOON + timedelta(minutes=80), NOON, "zh") == "还剩 1 小时 20 分"
    assert words.left(NOON + timedelta(minutes=5), NOON, "en") == "5 min left"
    assert words.left(NOON - timedelta(days=1, hours=2), NOON, "zh") == "已超时 1 天 2 小时"
