"""Where a tip may stand, and what the sentences of refusals are made of (domain section 2; notice 六(二)).

What may be done is a row beside each command (`handlers`).
"""

from __future__ import annotations

from shared.kernel.roles import ACTORS
from shared.platform.service.authority import Authority

STATE_NAMES = {
    "received": "待梳理",
    "triaged": "已交办理",
    "dismissed": "已了结",
    "referred_elsewhere": "已转专门渠道",
}
STATES = tuple(STATE_NAMES)
OFFICERS = "hotline office director"
READERS = frozenset({*OFFICERS.split(), "admin"})
"""Who sees the list of tips; the administrator sees it without any text."""
AUTHORITY = Authority(ACTORS, STATE_NAMES, clause="通知六（一）")


def may_read_text(role: str, state: str) -> bool:
    """Whether a role may see what the tipster wrote: the hotline until the tip is triaged, the office always."""
    return role in ("office", "director") or (role == "hotline" and state == "received")
