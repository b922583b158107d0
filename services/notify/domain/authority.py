"""The states of a disclosure, and what sentences of refusals are made of.

The notice does not say who approves (六(三)): two different persons do, one of them the office director; the officer
who checked an item may be the other, because the record names both.
"""

from __future__ import annotations

from typing import Protocol

from shared.kernel.roles import ACTORS
from shared.platform.service.authority import Authority

STATE_NAMES = {
    "drafted": "待核对",
    "checked": "待审核",
    "approved": "待发布",
    "published": "已公开",
    "correcting": "待更正",
    "withdrawn": "已撤回",
    "superseded": "已作废",
}
STATES = tuple(STATE_NAMES)
OPEN = "drafted checked approved"
OPEN_STATES = tuple(OPEN.split())
AUTHORITY = Authority(ACTORS, STATE_NAMES, thing="此条", clause="通知六（三）")


class Stateful(Protocol):
    """A disclosure, or its row in a list."""

    @property
    def state(self) -> str:
        """One of STATES."""
