"""The roles of domain.md section 2: their names on the screen and which places of the console each may open.

What a role may *do* is decided by each service's table of authority; this is only the navigation.
"""

from __future__ import annotations

from shared.platform.web.pages import Place

ROLE_NAMES: dict[str, str] = {
    "hotline": "热线接线员",
    "office": "办公室工作人员",
    "director": "办公室主任",
    "county": "县级局承办人",
    "principal": "县级局主要负责人",
    "station": "市场监管所",
    "group": "督导工作组",
    "taskforce": "专项工作组",
    "enterprise": "企业",
    "police": "公安机关",
    "discipline": "纪检监察机关",
    "auditor": "审计人员",
    "admin": "系统管理员",
}
ROLES = frozenset(ROLE_NAMES)


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
