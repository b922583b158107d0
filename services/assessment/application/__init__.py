"""What *assessment* does: one method per command, by subject. Load, one call of the domain, save; all in the lane."""

from __future__ import annotations

from services.assessment.application.bulletins import Bulletins
from services.assessment.application.filing import Filings, timers_of
from services.assessment.application.inspecting import Inspections
from services.assessment.application.office import Told

__all__ = ["Assessment", "Told", "timers_of"]


class Assessment(Inspections, Filings, Bulletins):
    """The application of *assessment*."""
