"""What all pages of *assessment* are made from."""

from __future__ import annotations

from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.queries import Queries
from services.assessment.web.figures import Rankings
from shared.platform.service.dispatch import Dispatch


class Page:
    """The parts of a page."""

    def __init__(self, dispatch: Dispatch[AssessmentSetting], queries: Queries, rankings: Rankings) -> None:
        self.dispatch = dispatch
        self.queries = queries
        self.rankings = rankings
        self.setting = dispatch.setting
        self.campaign = self.setting.campaign
        self.now = dispatch.now
