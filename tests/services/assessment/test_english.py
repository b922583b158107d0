"""The figures of *assessment* in English: every cell, with what it is counted in."""

from __future__ import annotations

from services.assessment.web.pages.filings import _cells
from services.assessment.web.words import EVENT_NAMES, FILING_STATES, OFFICE_KINDS, ORIGINS
from shared.platform.web.words import translate
from tests.services.assessment.bureau import CAMPAIGN, Bureau
from tests.support.english import not_english


def test_every_cell_of_annex_1_is_english_with_its_unit() -> None:
    cells = _cells(CAMPAIGN, Bureau().return_now("140525", 1), "en")
    said = [str(value) for cell in cells for value in cell.values()]
    assert not_english("<p>" + "</p><p>".join(said), []) == []


def test_what_papers_and_events_are_called_is_english() -> None:
    names = {**EVENT_NAMES, **OFFICE_KINDS, **FILING_STATES, **ORIGINS}.values()
    columns = (*CAMPAIGN.annexes.acts_columns, *CAMPAIGN.annexes.typical_case.parts, *CAMPAIGN.assessment.reported_to)
    said = [translate("en", name) for name in (*names, *columns)]
    assert not_english("<p>" + "</p><p>".join(said), []) == []
