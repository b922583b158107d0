"""Tips come in, and the hotline deals with those that were not certain enough to go on by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.draw import Draw
from deploy.demo.tips import Tip, Truth
from deploy.demo.words import DISMISSALS
from shared.kernel.campaign import Campaign

TIPS = "/api/intake/v1/tips"


class Hearing:
    """Sends tips and triages them by what is true."""

    def __init__(self, cast: Cast, campaign: Campaign, draw: Draw) -> None:
        self._cast = cast
        self._campaign = campaign
        self._draw = draw
        self._heard: dict[str, Tip] = {}
        self._waiting: dict[str, datetime | None] = {}

    def hear(self, tip: Tip) -> None:
        """Send one tip, as the citizen or the hotline would."""
        plain = {"text": tip.text, "kind": tip.kind, "place": tip.place, "enterprise": tip.enterprise,
                 "danger": tip.danger or None, "external_no": tip.external_no,
                 "occurred_at": tip.occurred_at.isoformat() if tip.occurred_at else None,
                 "source": tip.source if tip.source != "web" else None}  # fmt: skip
        body: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
        if tip.identity is not None:
            body["identity"] = {"name": tip.identity.name, "phone": tip.identity.phone, "mode": tip.identity.mode}
        key = f"{self._draw.seed}/{self._subject(tip)}/received"
        if tip.source == "web":
            told = self._cast.say(TIPS, body, key)
        else:
            told = self._cast.give(self._cast.one("hotline"), TIPS, body, key)
        if told is not None:
            self._heard[told["tip"]] = tip
            late = self._draw.happens(0.04, self._subject(tip), "triage late")
            minutes = self._draw.between(15, 45, self._subject(tip), "triage")
            delay = timedelta(minutes=minutes if tip.danger else 3 * minutes)
            self._waiting[told["tip"]] = None if late else tip.at + delay

    @property
    def soon(self) -> list[datetime]:
        """When the hotline comes to what it has heard; a few tips are overlooked until the next half-day."""
        return [at for at in self._waiting.values() if at is not None]

    def at_work(self, now: datetime, *, whoever_is_left: bool = False) -> bool:
        """The hotline's list: triage, refer elsewhere, or dismiss with a reason. Whether a life is in danger."""
        due = [id_ for id_, at in self._waiting.items() if whoever_is_left or (at is not None and at <= now)]
        if not due:
            return False
        waiting = {one["tip"]: one for one in self._cast.every(TIPS, state="received", limit=200)}
        for id_ in due:
            del self._waiting[id_]
            if id_ in waiting:
                self._deal_with(id_, self._heard[id_])
        return any(waiting[id_]["danger"] for id_ in due if id_ in waiting)

    def cases(self, rows: dict[str, dict[str, Any]]) -> dict[str, tuple[str, Truth]]:
        """Case → (subject, truth) of those rows that came from tips."""
        return {
            case: (self._subject(tip), tip.truth)
            for case, row in rows.items()
            if row["tip"] is not None and (tip := self._heard.get(row["tip"])) is not None
        }

    def _deal_with(self, id_: str, tip: Tip) -> None:
        truth, who = tip.truth, self._cast.one("hotline")
        if truth.unit is None and tip.kind != "tip":
            self._give(who, id_, tip, "refer-elsewhere", {})
        elif truth.unit is None:
            self._give(who, id_, tip, "dismiss", {"reason": "not_our_duty", "message": DISMISSALS["not_our_duty"]})
        elif truth.duplicate_of is not None:
            self._give(who, id_, tip, "dismiss", {"reason": "duplicate", "message": DISMISSALS["duplicate"]})
        elif truth.violation is None and truth.target is None:
            body = {"reason": "address_unclear", "message": DISMISSALS["address_unclear"]}
            self._give(who, id_, tip, "dismiss", body)
        else:
            matters = list(truth.matters) + (["against_officials"] if truth.against_officials else [])
            lead: dict[str, Any] = {"unit": truth.unit, "violation": truth.violation, "target": truth.target,
                    "matters": list(dict.fromkeys(matters)), "enterprise": truth.enterprise, "place": truth.place,
                    "matter": self._matter(truth)}  # fmt: skip
            self._give(who, id_, tip, "triage", lead)

    def _matter(self, truth: Truth) -> str:
        """The redacted sentence for the letter."""
        place = truth.place or self._campaign.unit(truth.unit or "").name()
        target = self._campaign.taxonomy("targets").term(truth.target).zh if truth.target else "单位"
        violation = self._campaign.taxonomy("violations").term(truth.violation).zh if truth.violation else None
        alleged = f"涉嫌{violation}" if violation else "涉嫌存在特种设备安全隐患"
        return f"{place}{truth.enterprise or '某' + target}{alleged}"

    def _give(self, who: tuple[str, str, str], id_: str, tip: Tip, command: str, body: Any) -> None:
        self._cast.give(who, f"{TIPS}/{id_}/{command}", body, f"{self._draw.seed}/{self._subject(tip)}/{command}")

    @staticmethod
    def _subject(tip: Tip) -> str:
        return f"tip {tip.n:03}"
