"""Commitments, in whatever order it is heard what was found, told and signed: against an oracle that knows when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.assessment.domain.filing import Filing
from services.assessment.handlers.contradicting import Contradictions
from shared.kernel.contracts.internal import cases
from tests.services.assessment.bureau import (
    COUNTY,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    SCHEDULE,
    ZEZHOU,
    Bureau,
    at,
)
from tests.services.assessment.contradicting import broken, closed, found_false, inspect, opened, subject
from tests.support.running import case_id

KINDS = ({"violation": "unlicensed"}, {"major": True}, {"violation": "unlicensed", "major": True}, {"violation": None})
STATEMENTS = (
    {"no_illegal_enterprise"}, {"inspection_complete"}, {"no_illegal_enterprise", "inspection_complete"}, set[str](),
)  # fmt: skip
NAMES = (("甲气站", "泽州县甲气站有限公司"), ("乙厂", "乙厂（停产）"))
FIRST = at("2021-12-29 00:00")
HOUR = timedelta(hours=1)
DONE = ("sign", "own_inspection", "group_inspection", "own_case", "tip_closed", "finding_closed", "false_closure")


@dataclass(frozen=True)
class Deed:
    """Something at the n-th hour, of which *assessment* hears `delay` hours later where *cases* tells it."""

    hour: int
    what: str
    firm: int
    kind: int
    spelling: int
    which: int
    concluded: str
    back: int
    delay: int


DEEDS = st.lists(
    st.builds(
        Deed, st.integers(1, 1400), st.sampled_from(DONE), st.integers(0, 1), st.integers(0, 3), st.integers(0, 1),
        st.integers(0, 3), st.sampled_from(["borne_out", "borne_out", "partly_borne_out", "not_borne_out"]),
        st.integers(1, 300), st.integers(0, 200),
    ),
    min_size=3, max_size=14, unique_by=lambda deed: deed.hour,
)  # fmt: skip


class Played:
    """The deeds done and heard of in an order of their own, and what should come of them by their times alone."""

    def __init__(self, deeds: list[Deed], *, delayed: bool) -> None:
        self.bureau, self.signed = Bureau(FIRST, opened=False), dict[str, datetime]()
        self.bureau.run(self._owe)
        self.own: list[tuple[int, set[str], datetime]] = []
        self.proofs: list[tuple[datetime, str, Any]] = []
        self.findings: list[tuple[str, Deed, datetime]] = []
        self.tips: list[tuple[str, Deed]] = []
        queue: list[tuple[datetime, int, Any]] = []
        heard = FIRST
        for n, deed in enumerate(sorted(deeds, key=lambda deed: deed.hour)):
            when = FIRST + deed.hour * HOUR
            queue = self._hear(queue, when)
            self.bureau.wait_until(when.replace(tzinfo=None).isoformat())
            event = getattr(self, f"_{deed.what}")(deed, when, case_id(n + 100))
            if event is not None:
                heard = max(heard, when + (deed.delay if delayed else 0) * HOUR)
                queue.append((heard, n, (event, when)))
        self._hear(queue, FIRST + 3000 * HOUR)

    def _owe(self, session: Any) -> None:
        """Nothing but the commitments."""
        for owed in SCHEDULE.owed:
            if (owed.kind, owed.unit) == ("commitment", ZEZHOU):
                values = {"rule": owed.rule, "kind": owed.kind, "unit": owed.unit, "period": owed.period}
                session.save(Filing.open(self.bureau.envelope(OFFICE), id=owed.id, due=owed.due, **values))

    def _hear(self, queue: list[tuple[datetime, int, Any]], now: datetime) -> list[tuple[datetime, int, Any]]:
        for _, _, (event, happened) in [one for one in queue if one[0] <= now]:
            self.bureau.told(event, happened=happened)
        return [one for one in queue if one[0] > now]

    def _sign(self, _: Deed, when: datetime, __: str) -> None:
        month = f"{when:%Y-%m}"
        if month not in self.signed:
            self.bureau.sign(PRINCIPAL, ZEZHOU, month)
            self.signed[month] = when

    def _inspect(self, by: Any, deed: Deed) -> str:
        return inspect(self.bureau, by, {"matter": "问题", **KINDS[deed.kind]}, NAMES[deed.firm][deed.spelling])

    def _own_inspection(self, deed: Deed, when: datetime, _: str) -> None:
        self._inspect(COUNTY, deed)
        self.own.append((deed.firm, STATEMENTS[deed.kind], when))

    def _own_case(self, deed: Deed, when: datetime, case: str) -> Any:
        self.own.append((deed.firm, STATEMENTS[deed.kind], when))
        kind = {"violation": None, "major": False} | KINDS[deed.kind]
        return opened(case, NAMES[deed.firm][deed.spelling], when, **kind)

    def _group_inspection(self, deed: Deed, when: datetime, _: str) -> None:
        case = self._inspect(MEMBER, deed)
        self.findings.append((case, deed, when))
        self.proofs.append((when, case, (deed, when, when, False)))

    def _about(self, deed: Deed, origin: str, found: datetime, letter: datetime) -> cases.Subject:
        return subject(
            NAMES[deed.firm][deed.spelling],
            origin=origin,
            found=found,
            letter=letter,
            **({"violation": None} | KINDS[deed.kind]),
        )

    def _tip_closed(self, deed: Deed, when: datetime, case: str) -> Any:
        found, letter = when - deed.back * HOUR, when - deed.back // 2 * HOUR
        self.tips.append((case, deed))
        self.proofs.append((when, case, None if deed.concluded == "not_borne_out" else (deed, found, letter, False)))
        return closed(case, deed.concluded, about=self._about(deed, "tip", found, letter))

    def _finding_closed(self, deed: Deed, when: datetime, _: str) -> Any:
        if not self.findings:
            return None
        case, of, found = self.findings[deed.which % len(self.findings)]
        letter = found + (when - found) / 2
        self.proofs.append((when, case, None if deed.concluded == "not_borne_out" else (of, found, letter, False)))
        return closed(case, deed.concluded, about=self._about(of, "inspection", found, letter))

    def _false_closure(self, deed: Deed, when: datetime, _: str) -> Any:
        if not self.tips:
            return None
        case, of = self.tips[deed.which % len(self.tips)]
        self.proofs.append((when, case, (of, when, when, True)))
        return found_false(case, when, self._about(of, "tip", when - HOUR, when - HOUR))

    @property
    def expected(self) -> set[tuple[str, str]]:
        """(month, case) of what is broken in the end."""
        found: dict[str, str] = {}
        for _, case, proof in sorted(self.proofs, key=lambda one: one[0]):
            if proof is None:
                found.pop(case, None)
            elif case not in found:
                deed, found_at, told_at, denied = proof
                before = {month: at for month, at in self.signed.items() if at < found_at}
                known = {
                    name for firm, names, at in self.own if firm == deed.firm and at < told_at for name in names
                }  # fmt: skip
                if before and STATEMENTS[deed.kind] - (set() if denied else known):
                    found[case] = max(before, key=lambda month: before[month])
        return {(month, case) for case, month in found.items()}

    @property
    def broken(self) -> list[tuple[str, str]]:
        return sorted(
            (month, case) for month in SCHEDULE.months if month != "final" for case in broken(self.bureau, month)
        )


def ends_the_same(deeds: list[Deed]) -> None:
    """Each heard of at once, and heard of late."""
    for delayed in (True, False):
        played = Played(deeds, delayed=delayed)
        assert played.broken == sorted(played.expected)


@given(DEEDS)
@settings(max_examples=100, deadline=None)
def test_it_ends_the_same_whatever_is_heard_first(deeds: list[Deed]) -> None:
    ends_the_same(deeds)


def plant_no_lifting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Filing, "lift", lambda *_: None)


def plant_time_of_hearing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Filing, "denied", lambda self, statements, _: tuple(statements) if self.filed_at else ())


def plant_own_breaks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Contradictions, "_is_recorded", lambda *_: False)


@pytest.mark.parametrize(
    "plant",
    [plant_no_lifting, plant_time_of_hearing, plant_own_breaks],
    ids=lambda one: one.__name__,
)
def test_each_planted_fault_is_found(plant: Any) -> None:
    quickly = settings(
        max_examples=500, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        report_multiple_bugs=False,
    )  # fmt: skip
    found = quickly(given(DEEDS)(ends_the_same))
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises(AssertionError):
            found()
