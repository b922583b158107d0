"""Groups and counties inspect; some of what they find becomes a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from deploy.demo.tips import Truth
from shared.kernel.campaign import Campaign

INSPECTIONS = "/api/assessment/v1/inspections"
A_DAY = 0.12
FINDS = 0.4
PLACES = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛")


class Inspecting:
    """About one unit in eight inspects on a working day."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._campaign = campaign
        self._draw = draw
        self._found: dict[str, tuple[str, Truth]] = {}

    def day(self, now: datetime) -> None:
        """The inspections of one day."""
        for county in self._campaign.units:
            subject = f"inspection {now:%Y-%m-%d} {county.code}"
            if not self._draw.happens(A_DAY, subject, "inspects"):
                continue
            by_group = self._draw.happens(0.4, subject, "by group")
            group = next(one.code for one in self._campaign.groups if county.code in one.units)
            who = self._cast.of("group", group) if by_group else self._cast.of("county", county.code)
            finds = self._draw.happens(FINDS, subject, "finds")
            violation = self._draw.one_of(("other_unlawful", "risks_not_controlled", "sham_training"), subject, "what")
            name = self._draw.one_of(PLACES, subject, "place")
            alleged, major = (
                self._campaign.taxonomy("violations").term(violation).zh,
                self._draw.happens(0.3, subject, "major"),
            )
            finding = {"matter": f"{county.name()}{name}字气站涉嫌{alleged}",
                       "violation": violation, "major": major}  # fmt: skip
            body: dict[str, Any] = {
                "enterprise": f"{county.name()}{name}字气站（演示）", "unit": county.code, "target": "cylinder_filling",
                "cylinders": self._draw.between(20, 400, subject, "cylinders"), "inspectors": 2,
                "findings": [finding] if finds else [],
            }  # fmt: skip
            told = self._cast.give(who, INSPECTIONS, body, f"{self._draw.seed}/{subject}")
            for id_ in (told or {}).get("findings", ()):
                truth = Truth(county.code, violation, "cylinder_filling", major=major)
                self._found[id_] = (f"finding {now:%m%d} {county.code}", truth)

    def cases(self, rows: dict[str, dict[str, Any]]) -> dict[str, tuple[str, Truth]]:
        """Case → (subject, truth) of those rows that came from findings: they have the finding's identifier."""
        return {case: self._found[case] for case in rows if case in self._found}
