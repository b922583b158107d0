"""Results become public: checked, approved by two, published on Fridays on every channel."""

from __future__ import annotations

from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from shared.kernel.campaign import Campaign

DISCLOSURES = "/api/notify/v1/disclosures"
FRIDAY = 4


class Disclosing:
    """The office's part in disclosure."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._channels = campaign.channels
        self._draw = draw

    def half_day(self, subjects: dict[str, str], weekday: int) -> None:
        """Bring every open item one step further. `subjects` names each case in keys; others are left alone."""
        items = self._cast.every(DISCLOSURES, state="drafted,checked,approved", limit=200)
        for item in sorted((i for i in items if i["case"] in subjects), key=lambda i: subjects[i["case"]]):
            self._further(item, subjects[item["case"]], weekday)

    def _further(self, item: dict[str, Any], subject: str, weekday: int) -> None:
        if item["state"] == "drafted":
            answers = {doubt["kind"]: "经核对，与举报人无关。" for doubt in item["doubts"] if not doubt.get("answer")}
            self._give(item, subject, self._cast.office(0), "check", {"answers": answers})
        elif item["state"] == "checked":
            approver = self._cast.one("director") if item["approved_by"] else self._cast.office(1)
            self._give(item, subject, approver, "approve", {})
        elif weekday == FRIDAY:
            evidence = {channel.code: f"{channel.evidence}已存档" for channel in self._channels}
            self._give(item, subject, self._cast.office(2), "publish", {"evidence": evidence})

    def _give(self, item: dict[str, Any], subject: str, who: tuple[str, str, str], command: str, body: Any) -> None:
        key = f"{self._draw.seed}/disclosure {subject} {item['drafted_at']}/{command} {item['version']}"
        self._cast.give(who, f"{DISCLOSURES}/{item['disclosure']}/{command}", body, key)
