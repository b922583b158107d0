"""The script of the demo: chance by seed, plans, and when the stage counts as at rest."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from deploy.demo.affair import NEVER, Affair, plan
from deploy.demo.draw import Draw
from deploy.demo.stage import State, left_of_others, left_of_own
from deploy.demo.tips import Truth

TRUTH = Truth("140525", "other_unlawful", "cylinder_filling")


def test_the_same_seed_draws_the_same_and_another_seed_does_not() -> None:
    subjects = [f"tip {n:03}" for n in range(50)]
    first = [Draw("a").number(subject, "sign") for subject in subjects]
    assert first == [Draw("a").number(subject, "sign") for subject in subjects]
    assert first != [Draw("b").number(subject, "sign") for subject in subjects]


def test_a_draw_keeps_to_its_bounds_and_reaches_both() -> None:
    found = Counter(Draw("a").between(1, 3, str(n), "x") for n in range(300))
    assert set(found) == {1, 2, 3}
    assert {Draw("a").one_of("abc", str(n), "x") for n in range(100)} == set("abc")


def test_something_happens_about_as_often_as_its_chance_says() -> None:
    happened = sum(Draw("a").happens(0.25, str(n), "x") for n in range(4000))
    assert 900 < happened < 1100


def test_among_many_affairs_each_kind_of_trouble_occurs_and_most_go_well() -> None:
    plans = [plan(Draw("a"), f"tip {n:03}", TRUTH) for n in range(300)]
    assert sum(one.first_step == NEVER for one in plans) > 5
    assert sum(one.report == NEVER for one in plans) > 10
    assert sum(one.closes_falsely for one in plans) > 5
    assert sum(one.asks_return for one in plans) > 3
    assert sum(one.asks_extension for one in plans) > 5
    assert sum(one.first_step < NEVER and one.report < NEVER and not one.closes_falsely for one in plans) > 180


def test_a_groundless_tip_never_ends_in_a_penalty() -> None:
    groundless = Truth("140525", groundless=True)
    assert not any(plan(Draw("a"), f"tip {n:03}", groundless).penalty for n in range(200))


def test_half_days_are_counted_within_one_state() -> None:
    affair = Affair("tip 001", TRUTH, plan(Draw("a"), "tip 001", TRUTH), "case")
    waited = []
    for state in ("opened", "opened", "transferred", "transferred", "transferred"):
        affair.see(state)
        waited.append(affair.waited)
    assert waited == [0, 1, 0, 1, 2]


def test_what_is_done_once_is_not_done_again() -> None:
    affair = Affair("tip 001", TRUTH, plan(Draw("a"), "tip 001", TRUTH), "case")
    assert [affair.once("draft"), affair.once("draft"), affair.once("other")] == [True, False, True]


def at_rest(**changes: object) -> State:
    fields: dict[str, object] = {
        "heads": {"public": 3, "internal": 5}, "relayed": {"public": 3, "internal": 5}, "taken": {}, "due": 0,
        "next": datetime(2022, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return State(**(fields | changes))  # type: ignore[arg-type]


def test_a_service_is_not_at_rest_while_a_timer_is_due_or_the_bus_lacks_an_event() -> None:
    assert left_of_own("cases", at_rest()) == []
    assert left_of_own("cases", at_rest(due=2)) == ["cases: 2 timers are due"]
    assert left_of_own("cases", at_rest(relayed={"public": 2, "internal": 5})) == ["cases: public feed"]
    assert left_of_own("cases", at_rest(relayed={})) == ["cases: public feed", "cases: internal feed"]


def test_nobody_is_at_rest_while_somebody_has_not_taken_in_what_another_told() -> None:
    cases, notify = at_rest(), at_rest(taken={"cases": 5})
    assert left_of_others({"cases": cases, "notify": notify}) == []
    behind = at_rest(taken={"cases": 4})
    assert left_of_others({"cases": cases, "notify": behind}) == ["notify: events of cases"]
