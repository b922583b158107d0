"""Results become public: checked, approved by two, published on every channel with the weekly disclosure; who was
closed down is exposed as well. What was found not to be so is corrected at once, and does not wait for that day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import filing_due

DISCLOSURES = "/api/notify/v1/disclosures"


class Disclosing:
    """The office's part in disclosure."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._campaign = campaign
        self._channels = campaign.channels
        self._draw = draw

    def half_day(self, subjects: dict[str, str], now: datetime) -> None:
        """Bring every open item one step further. `subjects` names each case in keys; others are left alone."""
        items = self._cast.every(DISCLOSURES, state="drafted,checked,approved,correcting", limit=200)
        mine = (item for item in items if item["case"] in subjects and item["waits"] is None)
        for item in sorted(mine, key=lambda i: (subjects[i["case"]], i["drafted_at"], i["kind"])):
            self._further(item, subjects[item["case"]], now)

    def _further(self, item: dict[str, Any], subject: str, now: datetime) -> None:
        evidence = {channel.code: f"{channel.evidence}已存档" for channel in self._channels}
        if item["state"] == "correcting" and item["correction"] is not None:
            self._give(item, subject, self._cast.one("director"), "correct", {}, item["version"])
        elif item["state"] == "correcting":
            self._give(item, subject, self._cast.office(2), "publish", {"evidence": evidence})
        elif item["state"] == "drafted":
            answers = {doubt["kind"]: "经核对，与举报人无关。" for doubt in item["doubts"] if not doubt.get("answer")}
            self._give(item, subject, self._cast.office(0), "check", {"answers": answers})
        elif item["state"] == "checked":
            approver = self._cast.one("director") if item["approved_by"] else self._cast.office(1)
            self._give(item, subject, approver, "approve", {})
        elif self._is_time(item, subject, now):
            self._give(item, subject, self._cast.office(2), "publish", {"evidence": evidence})
            if item["kind"] == "result" and "closure" in item["outcomes"] and item["enterprise"]:
                self._expose(item, subject)

    def _expose(self, item: dict[str, Any], subject: str) -> None:
        """公开曝光 of who was closed down, from next week on."""
        body = {"kind": "exposure", "case": item["case"], "title": f"曝光：{item['enterprise']}被关闭取缔",
                "text": item["text"], "outcomes": ["closure"], "enterprise": item["enterprise"]}  # fmt: skip
        key = f"{self._draw.seed}/disclosure {subject} {item['drafted_at']}/expose"
        self._cast.give(self._cast.office(0), f"{DISCLOSURES}/draft", body, key)

    def _is_time(self, item: dict[str, Any], subject: str, now: datetime) -> bool:
        """On the day of the weekly disclosure, or before its own date is over; which is overlooked now and then."""
        weekly = filing_due(self._campaign, "weekly_disclosure", now).last_day == now.date()
        own = item["due"] is not None and item["due"][:10] <= now.date().isoformat()
        return weekly or (own and not self._draw.happens(0.1, subject, "disclosure late"))

    def _give(
        self, item: dict[str, Any], subject: str, who: tuple[str, str, str], command: str, body: Any,
        version: int | None = None,
    ) -> None:  # fmt: skip
        key = f"{self._draw.seed}/disclosure {subject} {item['kind']} {item['drafted_at']}/{command} {item['version']}"
        self._cast.give(who, f"{DISCLOSURES}/{item['disclosure']}/{command}", body, key, version)
