"""Whatever *cases* tells of a case and whatever people do about its items: nobody is named for what is not so.

The oracle here keeps its own account of the case and asks only what is public, and since when. Faults that it was seen
to find: no guard at publication, at approval; no correction owed of a false closing; a correction owed only of results;
the window counted anew; a name that stays where nothing was borne out; doubts forgotten with the closing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.notify.domain.disclosure import Disclosure
from services.notify.domain.events import ChannelsRecorded, DisclosureCorrected
from shared.kernel.campaign.schedule import due_under
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.refusal import NotAllowed, Refusal
from tests.services.notify import trouble
from tests.services.notify.closing import CASE, DIRECTOR, EVIDENCE, OFFICE, SECOND
from tests.services.notify.postroom import CAMPAIGN, PostRoom
from tests.support import life
from tests.support.life import ZEZHOU

NAME = "甲气站"
FALSE = "false_closure"
STATEMENTS = ("progress", "exposure")
"""Kinds that say nothing of a result."""
CHANNELS = st.sets(st.sampled_from(sorted(EVIDENCE)))
TELLING = st.one_of(
    st.tuples(
        st.just("close"), st.sampled_from(["borne_out", "partly_borne_out", "not_borne_out", None]),
        st.sampled_from(["suspension", "closure"]),
    ),
    st.tuples(st.just("escalate"), st.sampled_from(["overdue", "idle_after_acceptance"])),
    st.tuples(st.sampled_from(["suspect", "suspect", "raise", "reopen", "return", "decide later"])),
    st.just(("suspect",)),
    st.just(("found false",)),
    st.tuples(st.sampled_from(["find", "find", "clear"]), st.sampled_from(["overdue", "idle_after_acceptance", FALSE])),
)  # fmt: skip
DOING = st.one_of(
    st.tuples(st.just("draft"), st.sampled_from(["result", "progress", "exposure", "typical_case"])),
    st.tuples(st.sampled_from(["check", "approve", "sign", "withdraw"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["publish", "carry on", "carry on"]), st.integers(0, 5), CHANNELS),
    st.tuples(st.just("wait"), st.integers(1, 200)),
)  # fmt: skip


@dataclass
class Case:
    """The oracle's account of the one case, and of its items: since when each says what was found false."""

    confidential: bool
    closed: bool = False
    conclusion: str | None = None
    doubts: set[str] = field(default_factory=set)
    false_since: dict[UUID, datetime] = field(default_factory=dict)

    @property
    def may_be_told(self) -> bool:
        return not (self.confidential or self.doubts or self.is_not_borne_out)

    @property
    def is_not_borne_out(self) -> bool:
        return self.closed and self.conclusion == "not_borne_out"


def told(room: PostRoom, case: Case, act: tuple[Any, ...]) -> None:
    """*cases* tells of what can happen to the case as it is."""
    match act:
        case ("close", conclusion, measure) if not case.closed:
            case.closed, case.conclusion = True, conclusion
            taken = (MeasureTaken(measure),)
            room.told_by_cases(replace(life.closed(CASE), conclusion=conclusion, measures=(measure,), taken=taken))
        case ("escalate", trigger) if not case.closed and trigger not in case.doubts:
            case.doubts.add(trigger)
            room.told_by_cases(life.escalated(CASE, trigger))
        case ("suspect",) if case.closed and not case.doubts:
            case.doubts.add(FALSE)
            room.told_by_cases(trouble.suspected(CASE))
        case ("found false",) if case.closed:
            told(room, case, ("suspect",))
            told(room, case, ("find", FALSE))
        case ("raise",) if case.closed and FALSE in case.doubts:
            room.told_by_cases(life.escalated(CASE, FALSE))
        case ("find", trigger) if trigger in case.doubts:
            case.doubts.remove(trigger)
            if trigger == FALSE:
                for id_, item in items(room):
                    if is_told(item) and item.about.kind not in STATEMENTS:
                        case.false_since.setdefault(id_, room.clock.now())
            room.told_by_cases(trouble.found(CASE, trigger))
            reopened(room, case)
        case ("clear", trigger) if trigger in case.doubts:
            case.doubts.remove(trigger)
            room.told_by_cases(trouble.cleared(CASE, trigger, runs=not case.closed))
        case ("reopen",):
            reopened(room, case)
        case ("return",) if not case.closed:
            case.doubts.clear()
            room.told_by_cases(trouble.returned(CASE))
        case ("decide later",) if case.closed:
            decision = MeasureTaken("penalty", "泽市监罚〔2022〕3号")
            room.told_by_cases(
                cases.DecisionRecorded(
                    case=CASE, unit=ZEZHOU, state="closed", decision=decision, recorded_at=room.clock.now()
                )
            )  # fmt: skip


def reopened(room: PostRoom, case: Case) -> None:
    if case.closed:
        case.closed, case.conclusion = False, None
        room.told_by_cases(life.reopened(CASE))


def done(room: PostRoom, act: tuple[Any, ...]) -> None:
    """Somebody does something about an item, or time passes. Refused, nothing happens."""
    if act[0] == "wait":
        room.wait_until(f"{room.clock.now() + timedelta(hours=act[1]):%Y-%m-%d %H:%M}")
        return
    if act[0] == "draft":
        room.draft(kind=act[1], title=f"关于{NAME}", text=f"{NAME}的情况。", case=CASE, enterprise=NAME)
        return
    found = items(room)
    if not found or len(act) < 2 or not isinstance(act[1], int):
        return
    id_ = str(found[act[1] % len(found)][0])
    match act:
        case ("check", _):
            room.give("check", id_, OFFICE)
        case ("approve", _):
            for who in (SECOND, DIRECTOR):
                room.give("approve", id_, who)
        case ("sign", _):
            room.sign("correct", id_, DIRECTOR)
        case ("withdraw", n) if n == 0:
            room.give("withdraw", id_, DIRECTOR, reason="内容有误")
        case ("publish", _, channels) if channels:
            room.give("publish", id_, evidence={one: EVIDENCE[one] for one in channels})
        case ("carry on", _, channels):
            for command, who in (("check", OFFICE), ("approve", SECOND), ("approve", DIRECTOR)):
                with suppress(Refusal):
                    room.give(command, id_, who)
            room.give("publish", id_, evidence={one: EVIDENCE[one] for one in channels or EVIDENCE})


def items(room: PostRoom) -> list[tuple[UUID, Disclosure]]:
    return [(row["id"], room.aggregate(row["id"])) for row in room.items()]


def is_told(item: Disclosure) -> bool:
    return bool(item.channels) and item.state not in ("withdrawn", "superseded")


def check_what_is_public(room: PostRoom, case: Case, seen: int) -> None:
    """`seen`: how many times items had been put on channels before this act."""
    assert not (case.confidential and room.items()), "about officials"
    assert put_on_channels(room) == seen or case.may_be_told, "told while it may not be"
    for id_, item in items(room):
        since = case.false_since.get(id_)
        if since is not None and is_told(item):
            corrected = [one for one in room.events(id_) if isinstance(one, DisclosureCorrected) and one.at >= since]
            if not corrected:
                assert item.state == "correcting", "false, and no correction owed"
                assert item.correction_due is not None
                assert item.correction_due <= due_under(CAMPAIGN, "correction", since).due, "owed too late"
        if is_told(item) and case.is_not_borne_out and item.state != "correcting":
            assert NAME not in item.wording.title + item.wording.text, "named for what was not borne out"
            assert item.about.enterprise is None
        if item.state == "correcting":
            row = room.tables["disclosures"][id_]
            assert row["correction_due"] is not None, "nobody sees until when"
            late = room.clock.now() >= row["correction_due"]
            reminded = {one["kind"] for one in room.tables["reminders"].values() if one["state"] != "stopped"}
            assert ("correction_overdue" in reminded) or not late
    counts = any(row.get("since") is not None for row in room.tables["unfounded"].values())
    assert counts == (case.is_not_borne_out and not case.doubts and not case.confidential)


def put_on_channels(room: PostRoom) -> int:
    return sum(isinstance(event, ChannelsRecorded) for id_, _ in items(room) for event in room.events(id_))


BEGINNINGS: tuple[list[tuple[Any, ...]], ...] = (
    [],
    [("draft", "exposure"), ("carry on", 0, set())],
    [("close", "borne_out", "suspension"), ("carry on", 0, set())],
    [("close", "borne_out", "closure"), ("draft", "typical_case"), ("carry on", 1, set()), ("carry on", 0, {"daily"})],
    [("close", "borne_out", "closure"), ("check", 0), ("approve", 0)],
    [
        ("close", "borne_out", "suspension"),
        ("carry on", 0, set()),
        ("reopen",),
        ("close", "not_borne_out", "closure"),
        ("sign", 0),
    ],
)
"""Where something is public already, or about to be."""


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from([False, False, False, True]),
    st.builds(list.__add__, st.sampled_from(BEGINNINGS), st.lists(TELLING | DOING, min_size=10, max_size=30)),
)
def test_nobody_is_named_for_what_is_not_so(confidential: bool, acts: list[tuple[Any, ...]]) -> None:
    room, case = PostRoom(), Case(confidential)
    room.told_by_cases(replace(life.opened(CASE), concerned=ZEZHOU if confidential else None))
    for act in acts:
        before = put_on_channels(room)
        told(room, case, act)
        with suppress(Refusal, NotAllowed):
            done(room, act)
        check_what_is_public(room, case, before)
