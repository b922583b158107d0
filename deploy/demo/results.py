"""What becomes of each matter: conclusions that fit it, measures with their facts, what is decided after the closing.

Articles and amounts are those of the law for the kind of violation; numbers count by unit and kind. What is groundless
is not borne out. Nothing here is said of anybody.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from deploy.demo.affair import Affair
from deploy.demo.draw import Draw
from deploy.demo.words import BELOW, CODES, CONCLUDED, KINDS
from shared.kernel.campaign import Campaign

WAN = 1_000_000
"""Ten thousand yuan, in fen."""
_SPECIAL, _SAFETY = "《中华人民共和国特种设备安全法》", "《中华人民共和国安全生产法》"
_FILLING = frozenset({"cylinder_filling", "mobile_vessel_filling"})
_UNLICENSED = frozenset({"unlicensed", "sc_unlicensed", "sc_reopened_after_closure"})
_LAW: dict[str, tuple[str, int, int]] = {
    "unlicensed": (f"{_SPECIAL}第八十四条第一项", 3, 30),
    "sc_unlicensed": (f"{_SPECIAL}第八十四条第一项", 3, 30),
    "sc_reopened_after_closure": (f"{_SPECIAL}第七十四条", 10, 50),
    "unapproved_project": (f"{_SPECIAL}第八十四条第一项", 3, 30),
    "illegal_subcontracting": (f"{_SAFETY}第一百零三条第一款", 10, 20),
    "accident_concealed": (f"{_SPECIAL}第八十九条第二项", 5, 20),
    "orders_refused": (f"{_SPECIAL}第九十五条第一款", 2, 20),
    "sc_orders_refused": (f"{_SPECIAL}第九十五条第一款", 2, 20),
    "three_violations": (f"{_SPECIAL}第八十六条", 1, 5),
    "sham_training": (f"{_SPECIAL}第八十六条", 1, 5),
    "sc_untrained": (f"{_SPECIAL}第八十六条", 1, 5),
    "risks_not_controlled": (f"{_SAFETY}第一百零一条", 1, 10),
    "dual_reporting_failed": (f"{_SAFETY}第一百零一条", 1, 10),
    "sc_concealed": (f"{_SAFETY}第一百零一条", 1, 10),
}
"""Violation → the article, and its range of fines in ten thousand yuan."""
_OTHERWISE = (f"{_SPECIAL}第八十三条", 1, 10)


class Results:
    """Results and later decisions of all affairs."""

    def __init__(self, campaign: Campaign, draw: Draw) -> None:
        self._campaign = campaign
        self._draw = draw
        self._numbers: Counter[tuple[str, str, int]] = Counter()

    def number(self, unit: str, kind: str, on: date) -> str:
        """`泽市监罚〔2022〕3号`: the unit's own code, the kind of paper, the year, the next number."""
        self._numbers[unit, kind, on.year] += 1
        return f"{CODES.get(unit, '晋市监')}{KINDS[kind]}〔{on.year}〕{self._numbers[unit, kind, on.year]}号"

    def result(self, affair: Affair, today: date) -> dict[str, Any]:
        """What the unit reports. What was once taken stays taken, also in the result of another round."""
        kind, evidence = self._kind(affair), ["现场检查记录", "询问笔录"]
        if kind != "not_borne_out":
            self._take(affair, kind, today)
            evidence = ["复查记录", "整改前后照片"]
        return {
            "conclusion": self._conclusion(affair, kind),
            "text": self._draw.one_of(CONCLUDED[kind], affair.subject, f"result {affair.round}"),
            "taken": list(affair.taken.values()),
            "evidence": evidence,
        }

    def decided(self, affair: Affair, today: date) -> dict[str, Any] | None:
        """What is decided on a closed case on this day, if anything: the penalty whose proceeding has run long enough,
        how a suspension's re-inspection ended, the closure that was proposed by it."""
        if self._penalty_is_due(affair):
            return self._penalty(affair, today)
        if "closure proposed" in affair.done and affair.once("closed down"):
            return self._add(affair, "closure", today)
        suspension = affair.taken.get("suspension")
        if suspension is None or suspension["reinspection"] > today.isoformat() or not affair.once("re-inspected"):
            return None
        passed = self._draw.happens(0.85, affair.subject, "re-inspection passed")
        affair.done |= set() if passed else {"closure proposed"}
        return {
            "measure": "suspension",
            "number": self.number(affair.unit, "reinspection", today),
            "on": today.isoformat(),
            "outcome": "passed" if passed else "closure_proposed",
        }

    def _kind(self, affair: Affair) -> str:
        truth = affair.truth
        if truth.groundless:
            return "not_borne_out"
        if truth.is_concealed_fatality and not truth.against_officials:
            return "accident" if "verified" in affair.done else "accident_denied"
        if truth.violation == "accident_concealed" or {"fatality", "concealed_accident"} & set(truth.matters):
            return "accident_hidden"
        if ("closure" in affair.taken and "suspension" not in affair.taken) or (
            truth.violation in _UNLICENSED and self._draw.happens(0.3, affair.subject, "measure closure")
        ):
            return "closure"
        if (
            "suspension" in affair.taken
            or truth.major
            or self._draw.happens(0.08, affair.subject, "measure suspension")
        ):
            return "suspension"
        if truth.violation in _UNLICENSED:
            return "unlicensed"
        if truth.violation in ("sham_training", "sc_untrained", "three_violations"):
            return "people"
        return "filling" if truth.target in _FILLING else "equipment"

    def _conclusion(self, affair: Affair, kind: str) -> str:
        if kind == "not_borne_out":
            return kind
        partly = kind == "accident_denied" or (
            kind in ("equipment", "people") and self._draw.happens(0.25, affair.subject, "partly")
        )
        return "partly_borne_out" if partly else "borne_out"

    def _take(self, affair: Affair, kind: str, today: date) -> None:
        """Record what has been ordered by now."""
        on = (affair.ordered_on or today).isoformat()
        if kind == "closure":
            self._add(affair, "closure", today, on=on)
        else:
            self._add(affair, "rectification_order", today, on=on)
        if kind in ("suspension", "accident", "accident_denied", "accident_hidden"):
            again = today
            for _ in range(self._draw.between(8, 15, affair.subject, "re-inspection")):
                again = self._campaign.calendar.next_working(again)
            self._add(affair, "suspension", today, on=on, reinspection=again.isoformat())
        if self._penalty_is_due(affair):
            self._penalty(affair, today)
        if kind in ("accident", "accident_hidden"):
            self._add(affair, "accountability", today)
        licensed = affair.truth.violation not in _UNLICENSED
        if kind == "filling" and licensed and self._draw.happens(0.12, affair.subject, "measure licence_withheld"):
            self._add(affair, "licence_withheld", today, licence="suspended")
        if self._draw.happens(0.15, affair.subject, "measure exposure"):
            self._add(affair, "exposure", today)
        if "penalty" in affair.taken and self._draw.happens(0.2, affair.subject, "measure joint_sanction"):
            self._add(affair, "joint_sanction", today)

    def _penalty_is_due(self, affair: Affair) -> bool:
        due = affair.proceeding_for >= affair.plan.penalised_after and "penalty" not in affair.taken
        return due and self._kind(affair) != "accident_denied"

    def _penalty(self, affair: Affair, today: date) -> dict[str, Any]:
        articles, least, most = _LAW.get(affair.truth.violation or "", _OTHERWISE)
        if affair.truth.target in _FILLING and affair.truth.violation not in ("accident_concealed", "sc_concealed"):
            licensed = affair.truth.violation not in _UNLICENSED
            articles, least, most = (
                (f"{_SPECIAL}第八十五条第一款", 2, 20) if licensed else (f"{_SPECIAL}第八十五条第二款", 10, 50)
            )
        tenths = 10 if affair.truth.major else self._draw.between(0, 10, affair.subject, "fine")
        facts: dict[str, Any] = {"articles": articles, "amount": least * WAN + (most - least) * WAN * tenths // 10}
        facts |= {"at_maximum": True} if tenths == 10 else {
            "below_maximum": self._draw.one_of(BELOW, affair.subject, "below the maximum")
        }  # fmt: skip
        return self._add(affair, "penalty", today, **facts)

    def _add(self, affair: Affair, measure: str, today: date, **facts: Any) -> dict[str, Any]:
        if measure not in affair.taken:
            number = {"number": self.number(affair.unit, measure, today)} if measure in KINDS else {}
            affair.taken[measure] = {"measure": measure, "on": today.isoformat()} | number | facts
        return affair.taken[measure]
