"""What is owed on fixed days: returns, typical cases, commitments, plans, summaries, briefings, bulletins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from deploy.demo.words import TYPICAL_KEYWORDS, TYPICAL_PARTS, TYPICAL_TITLE
from shared.kernel.campaign import Campaign

ASSESSMENT = "/api/assessment/v1"
LATE, MISSED = 0.04, 0.03
"""Chances that a paper comes the working day after its date, or never."""


class Paperwork:
    """Files what is due, and publishes the bulletins."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._draw = draw
        self._owed: list[dict[str, Any]] = []
        self._late: list[tuple[dict[str, Any], str]] = []

    def learn(self) -> None:
        """What the campaign asks for, once *assessment* has drawn it up: it does so by itself after its start, all in
        one command, on the clock that it finds then."""
        owed = self._cast.wait_for(f"{ASSESSMENT}/filings")
        self._owed = sorted(owed, key=lambda one: (one["due"], one["kind"], one["unit"]))

    def day(self, now: datetime, tomorrow: datetime) -> None:
        """File what falls due before `tomorrow`, the next working morning; and what is a little late."""
        while self._owed and datetime.fromisoformat(self._owed[0]["due"]) <= tomorrow:
            paper = self._owed.pop(0)
            subject = f"{paper['rule']} {paper['unit']} {paper['period']}"
            number = self._draw.number(subject, "filed")
            if number < MISSED:
                continue
            if number < MISSED + LATE:
                self._late.append((paper, subject))
            else:
                self._file(paper, subject)
        for paper, subject in [one for one in self._late if datetime.fromisoformat(one[0]["due"]) <= now]:
            self._late.remove((paper, subject))
            self._file(paper, subject)

    def issue(self, month: str) -> None:
        """Draw and publish one bulletin."""
        key = f"{self._draw.seed}/bulletin {month}"
        path = f"{ASSESSMENT}/bulletins/{month}"
        drawn = self._cast.give(self._cast.office(0), f"{path}/draw", {}, f"{key} drawn")
        if drawn is not None:
            seen = {"digest": drawn["digest"]}
            self._cast.give(self._cast.one("director"), f"{path}/publish", seen, f"{key} published")

    def _file(self, paper: dict[str, Any], subject: str) -> None:
        unit, period = paper["unit"], paper["period"]
        head = self._cast.head(unit)
        body: dict[str, Any] = {}
        match paper["kind"]:
            case "return":
                path, who = f"returns/{unit}/{period}/submit", head
                shown = self._cast.get(f"{ASSESSMENT}/returns/{unit}/{period}")
                body = {"digest": shown["computed"]["digest"]}
            case "commitment":
                path, who = f"commitments/{unit}/{period}/sign", head
            case "briefing":
                path, who = f"briefings/{unit}/{period}/hold", self._cast.one("taskforce")
                body = {"text": "听取工作汇报，要求盯住逾期和反复问题。"}
            case "typical-case":
                path, who = f"filings/{paper['kind']}/{unit}/file", head
                body = {"title": TYPICAL_TITLE, "period": period, "keywords": list(TYPICAL_KEYWORDS),
                        "parts": list(TYPICAL_PARTS)}  # fmt: skip
            case kind:
                path, who = f"filings/{kind}/{unit}/file", head
                body = {"title": "按通知要求报送", "text": "按通知要求报送，内容见附件。"}
        self._cast.give(who, f"{ASSESSMENT}/{path}", body, f"{self._draw.seed}/{subject}")
