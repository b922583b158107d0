"""The pages of *assessment*: they work without script; a form posts and comes back to where it was."""

from __future__ import annotations

from fastapi import FastAPI

from services.assessment.web.page import Page
from services.assessment.web.pages.bulletins import mount_bulletins
from services.assessment.web.pages.dashboard import mount_dashboard
from services.assessment.web.pages.filings import mount_filings
from services.assessment.web.pages.inspections import mount_inspections
from services.assessment.web.pages.papers import mount_papers
from services.assessment.web.pages.rankings import mount_rankings

__all__ = ["Page", "mount_pages"]


def mount_pages(app: FastAPI, page: Page) -> None:
    """Serve everything below `/assessment`. The dashboard comes last: its figures take any two words."""
    mount_rankings(app, page)
    mount_bulletins(app, page)
    mount_filings(app, page)
    mount_papers(app, page)
    mount_inspections(app, page)
    mount_dashboard(app, page)
