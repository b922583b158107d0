"""What all pages of this service need."""

from __future__ import annotations

from services.cases.queries import Queries
from services.cases.web.desk import Desk
from shared.kernel.commands import Setting
from shared.kernel.restored import Restored
from shared.platform.messaging.follower import Follower
from shared.platform.service.dispatch import Dispatch
from shared.platform.web.streams import Streams


class Page:
    """What all pages of this service need."""

    def __init__(self, dispatch: Dispatch[Setting], queries: Queries, restored: Restored) -> None:
        self.restored = restored
        self.dispatch = dispatch
        self.queries = queries
        self.campaign = dispatch.setting.campaign
        self.desk = Desk(queries, self.campaign)
        self.now = dispatch.now
        self.follower = Follower(dispatch.engine, queries.versions_of)
        self.streams = Streams()
