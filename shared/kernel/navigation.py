"""Which places of the console each role may open."""

from __future__ import annotations

from shared.platform.web.pages import Place

DESK = Place("desk", "待办", "/desk")
TRIAGE = Place("triage", "举报梳理", "/triage")
CASES = Place("cases", "交办件", "/cases")
ASSESSMENT = Place("assessment", "考核", "/assessment")
PUBLIC = Place("public", "信息公开", "/public")
NOTICES = Place("notices", "提醒", "/notices")
TIP = Place("tip", "我要举报", "/")

_WORKING = (DESK, CASES, ASSESSMENT, PUBLIC, NOTICES)
_NAVIGATION: dict[str, tuple[Place, ...]] = {
    **dict.fromkeys(("county", "principal", "station", "group", "taskforce", "admin"), _WORKING),
    **dict.fromkeys(("hotline", "office", "director"), (DESK, TRIAGE, *_WORKING[1:])),
    "auditor": (CASES, ASSESSMENT, PUBLIC),
    "enterprise": (DESK, ASSESSMENT, PUBLIC),
    "police": (DESK, PUBLIC),
    "discipline": (DESK, PUBLIC),
}


def navigation(role: str | None) -> tuple[Place, ...]:
    """The places that this role sees in the header; a visitor who is not signed in sees the public ones."""
    return (TIP, PUBLIC) if role is None else _NAVIGATION[role]
