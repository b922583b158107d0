"""A case whose result is to be disclosed, and who does what about it."""

from __future__ import annotations

from tests.services.notify.postroom import PostRoom, at
from tests.support import life
from tests.support.life import TRANSFERRED
from tests.support.running import case_id

CASE = case_id(1)
OFFICE, SECOND, DIRECTOR = "office:p-office-2", "office:p-office-3", "director:p-deputy-director"
EVIDENCE = {"daily": "2022年2月11日第3版", "broadcast": "2月11日播出单", "portal": "网页截图", "wechat": "推送截图"}


def closed_case() -> PostRoom:
    """A case of 泽州, closed on Thursday 10 February; its result is to be disclosed by the 17th."""
    room = PostRoom()
    room.told_by_cases(life.opened(CASE))
    room.clock.set(TRANSFERRED)
    room.told_by_cases(life.transferred(CASE), life.signed_for(CASE), life.reported(CASE))
    room.clock.set(at("2022-02-10 11:05"))
    room.told_by_cases(life.closed(CASE))
    return room


def item(room: PostRoom, n: int = -1) -> str:
    return str(room.items()[n]["id"])


def approved(room: PostRoom, disclosure: str) -> None:
    room.give("check", disclosure, OFFICE)
    room.give("approve", disclosure, SECOND)
    room.give("approve", disclosure, DIRECTOR)


def published(room: PostRoom) -> str:
    disclosure = item(room)
    approved(room, disclosure)
    room.give("publish", disclosure, evidence=EVIDENCE)
    return disclosure
