"""Read tables, what others are told, the loop before a case, the words of the pages: nothing is forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

import jinja2
import pytest
from jinja2.ext import extract_from_ast

import services.intake
from services.intake import limits
from services.intake.domain import loop
from services.intake.domain.authority import STATE_NAMES, STATES
from services.intake.handlers import TIP
from services.intake.handlers.forgetting import LOST, LOST_ON_THE_WEB, Forgetting
from services.intake.projections import projector_of
from services.intake.publishers import INTERNAL, PRIVATE, PUBLIC
from services.intake.rules.triage import DOUBTS
from services.intake.web import whereabouts as where
from services.intake.web import words
from services.intake.web.desk import HEAP_REASONS, HEAP_TITLES
from shared.kernel.contracts import internal_contracts, public_contracts
from shared.kernel.contracts.internal import cases
from shared.kernel.contracts.steps import LoopStep
from shared.kernel.loopbar import loop_svg, steps_in_words
from shared.platform.event_store.events import stored_events
from shared.platform.service.fields import Label, marks
from shared.platform.web.rate_limits import RateLimit
from tests.services.intake.desk import CODES, HOTLINE, NOON, Desk, everything_happens
from tests.support import catalogues

EVENTS = stored_events("intake")
TEMPLATES = Path(services.intake.__file__).parent / "templates"
PERSONAL = {"text", "name", "phone", "identity", "account", "enterprise", "place", "matter"}


def test_the_walk_of_these_tests_leaves_out_no_kind_of_event() -> None:
    assert {type(event) for event in everything_happens().events()} == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_changes_a_read_table(kind: type) -> None:
    assert kind in projector_of(CODES)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_either_told_to_others_or_declared_private(kind: type) -> None:
    told = kind.__name__ in PUBLIC.contracts or kind.__name__ in INTERNAL.contracts
    assert told != (kind in PRIVATE)


def test_every_contract_is_made_by_an_event_of_its_name() -> None:
    names = {kind.__name__ for kind in EVENTS}
    assert {*public_contracts("intake"), *internal_contracts("intake")} - {"OfficeClockDone"} <= names
    desk = everything_happens()
    assert {name for name, _ in desk.messages(public=True)} == set(public_contracts("intake"))
    assert {name for name, _ in desk.messages(public=False)} == set(internal_contracts("intake"))


def test_a_tip_that_is_triaged_in_the_same_breath_is_first_told_as_received() -> None:
    desk = Desk()
    desk.receive("巴公镇充装站充装超期未检的液化气瓶")
    assert [(name, data["state"]) for name, data in desk.messages(public=True)] == [
        ("TipReceived", "received"),
        ("TipTriaged", "triaged"),
    ]
    assert "OfficeClockDone" not in {name for name, _ in desk.messages(public=False)}, "no merit of the office"


@pytest.mark.parametrize("contract", public_contracts("intake").values(), ids=lambda one: one.__name__)
def test_no_public_contract_has_room_for_what_a_tipster_said(contract: type) -> None:
    assert not get_type_hints(contract).keys() & PERSONAL


# --- the loop ---


@pytest.mark.parametrize("state", STATES)
def test_a_tip_shows_all_seven_steps_before_there_is_a_case(state: str) -> None:
    steps = loop.steps(state, NOON, NOON + timedelta(hours=4), None if state == "received" else NOON)
    assert tuple(step.name for step in steps) == loop.NAMES
    assert loop_svg(steps_in_words(steps, "zh", NOON))
    assert [step.state for step in steps[:2]] == ["done", "current" if state == "received" else "done"]


def test_a_tip_that_ends_without_a_case_needs_no_further_step() -> None:
    steps = loop.steps("dismissed", NOON, NOON, NOON)
    assert {step.state for step in steps[2:]} == {"not_needed"}


# --- what cases tells ---

CASE = "0190a5c0-0000-7000-8000-000000000002"
COMMON: dict[str, Any] = {"case": CASE, "unit": "140525", "state": "opened"}
TIP_OF_IT = "0190a5c0-0000-7000-8000-000000000001"
STEP = LoopStep("found", "done", NOON, "群众举报")


def test_a_case_that_came_of_a_tip_is_linked_to_it() -> None:
    desk = Desk()
    desk.hear("cases", cases.CaseOpened(**COMMON, origin="tip", tip=TIP_OF_IT, opened_at=NOON, steps=(STEP,)))
    (row,) = desk.tables["tip_loops"].values()
    assert str(row["tip"]) == TIP_OF_IT
    assert row["steps"] == (STEP,)


def test_a_case_that_an_inspection_found_leaves_no_row_here() -> None:
    desk = Desk()
    desk.hear("cases", cases.CaseOpened(**COMMON, origin="inspection", tip=None, opened_at=NOON))
    desk.hear("cases", cases.LoopMoved(**COMMON, tip=None, version=2, steps=(STEP,)))
    assert not desk.tables["tip_loops"]


def test_the_loop_and_the_date_follow_the_case() -> None:
    desk = Desk()
    desk.hear("cases", cases.CaseOpened(**COMMON, origin="tip", tip=TIP_OF_IT, opened_at=NOON))
    desk.hear("cases", cases.LoopMoved(**COMMON, tip=TIP_OF_IT, version=2, steps=(STEP,)))
    row = desk.tables["tip_loops"][CASE]
    assert (row["steps"], row["version"]) == ((STEP,), 2)
    sent = {"letter": "（特设）移〔2022〕1号", "transferred_at": NOON, "sign_for_due": NOON, "feedback_due": NOON}
    desk.hear("cases", cases.CaseTransferred(**COMMON | sent))
    assert desk.tables["tip_loops"][CASE]["feedback_due"] == NOON
    later = NOON + timedelta(days=1)
    desk.hear("cases", cases.CaseReopened(**COMMON, feedback_due=later))
    assert desk.tables["tip_loops"][CASE]["feedback_due"] == later


# --- the words of the pages ---


def test_every_word_of_the_pages_has_its_english() -> None:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 – only read for its words
    said = {
        message
        for path in TEMPLATES.glob("*.html")
        for _, _, message in extract_from_ast(environment.parse(path.read_text()))
        if isinstance(message, str)
    }
    said |= {*words.FIELD_ERRORS.values(), words.OTHERWISE, *DOUBTS.values(), *STATE_NAMES.values()}
    for sentences in (where.HEADINGS, where.HAS_IT, where.ANSWERS, where.LATE, where.UNDATED, where.NEXT):
        said |= {*sentences.values()}
    said |= {*where.SAID} - {where.OFFICE}  # is the kernel's
    said |= {*HEAP_TITLES.values(), *filter(None, HEAP_REASONS.values())}
    said |= {limit.sentence for limit in vars(limits).values() if isinstance(limit, RateLimit)}
    labels = [marks(one.body, name, Label) for one in TIP.commands for name in one.body.model_fields]
    said |= {str(word) for label in labels if label for word in (label.name, label.hint, label.empty) if word}
    said |= {command.permission.name for command in TIP.commands}
    said |= {step.note for state in STATES for step in loop.steps(state, NOON, NOON, NOON) if step.note}
    assert said - catalogues.english(catalogues.of("intake")) == set()


def test_time_left_is_said_in_hours_and_what_is_late_is_said_to_be() -> None:
    assert words.left(NOON + timedelta(minutes=80), NOON, "zh") == "还剩 1 小时"
    assert words.left(NOON + timedelta(minutes=5), NOON, "en") == "5 minutes left"
    assert words.left(NOON - timedelta(days=1, hours=2), NOON, "zh") == "已超时 1 天"


def test_of_a_forgotten_tip_a_person_is_told_what_can_be_done_by_the_way_it_came() -> None:
    """Its channel can be asked once more; who reported on the web can only be waited for."""
    desk = Desk()
    copy = desk.copied()
    called = desk.receive(by=HOTLINE, source="hotline", external_no="12345-7")
    on_the_web = desk.receive()
    desk.put_back(copy)
    left = desk.forget(Forgetting(CODES, desk.clock), 0)
    assert {tip: reason for (tip, _), (reason, _) in left.items()} == {called: LOST, on_the_web: LOST_ON_THE_WEB}
