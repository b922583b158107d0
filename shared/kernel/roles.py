"""The roles of domain.md section 2: their names on the screen, and how sentences call those who act.

What a role may *do* is said by each command's permission.
"""

from __future__ import annotations

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
ACTORS: dict[str, str] = {
    "hotline": "举报热线",
    "office": "市局办公室",
    "director": "办公室主任",
    "taskforce": "专项工作组",
    "county": "县级局承办人",
    "principal": "县级局主要负责人",
    "station": "市场监管所",
    "group": "督导工作组",
}
"""Those who act, in the order in which a sentence names them."""
CITY_ROLES = frozenset({"office", "director", "taskforce", "auditor", "admin"})
UNIT_ROLES = frozenset({"county", "principal", "station"})
