"""The pages of *cases* in English: nothing on them is Chinese but what people wrote and are called."""

from __future__ import annotations

import pytest

from services.cases.web.timeline import sentence
from shared.platform.web.known import HAN
from shared.platform.web.words import translate
from tests.services.cases.desk import CAMPAIGN, FINED, SECRET, TIP, Desk, bring
from tests.services.cases.test_pages import page, situations
from tests.support.english import names_of, not_english

ROLES = ("office", "director", "county", "principal", "station", "group", "taskforce", "auditor")
DATA = [SECRET, TIP["matter"], TIP["enterprise"], FINED["articles"], *names_of(CAMPAIGN)]


def written(desk: Desk) -> list[str]:
    """What people wrote in the cases of a desk, and the names on its letters."""
    found: list[str] = []
    for case in desk.cases:
        for event in desk.events(case):
            for field in ("text", "reason", "plan", "guard", "measures", "conclusion", "opinion", "number", "evidence"):
                value = getattr(event, field, None)
                found += [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else []
            result = getattr(event, "result", None)
            found += [result.text, result.text.rstrip("。"), *result.evidence] if result is not None else []
    return [one for one in found if HAN.search(one) and translate("en", one) == one]


@pytest.mark.parametrize("role", ROLES)
def test_at_every_step_of_a_case_in_which_everything_happens_the_page_is_english(eventful: Desk, role: str) -> None:
    left = set()
    for case in eventful.cases:
        for version in range(1, len(eventful.events(case)) + 1):
            html = page(eventful, case, role, "en", version)
            left |= set(not_english(html, DATA + written(eventful)))
    assert left == set()


@pytest.mark.parametrize("role", ROLES)
def test_in_every_situation_the_forms_and_why_a_command_may_not_be_given_are_english(role: str) -> None:
    left = set()
    for desk, case in situations():
        left |= set(not_english(page(desk, case, role, "en"), DATA + written(desk)))
    assert left == set()


def test_every_event_is_told_in_english(eventful: Desk) -> None:
    told = [event for case in eventful.cases for event in eventful.events(case)]
    texts = ["\n".join(sentence(event, CAMPAIGN, "en")) for event in told]
    assert set(not_english("<p>" + "</p><p>".join(texts), DATA + written(eventful))) == set()


def test_what_a_matter_says_is_neither_markup_nor_a_pattern_in_the_hint_of_its_form() -> None:
    desk = Desk()
    case = desk.tipped(matter="<b>含量超标50%，</b>{name}")
    html = page(desk, case, "director", "en")
    assert "Left empty, this is used: &lt;b&gt;含量超标50%，&lt;/b&gt;{name}" in html


@pytest.mark.parametrize(
    ("role", "command", "said"),
    [
        ("office", "transfer", "Draft the letter for signature"),
        ("director", "transfer", "Sign off the letter"),
        ("county", "report-result", "Draft the result for signature"),
        ("principal", "report-result", "Report the result"),
    ],
)
def test_a_button_says_what_pressing_it_does_for_who_presses_it(role: str, command: str, said: str) -> None:
    desk = Desk()
    case = bring(desk, {"transfer": "opened", "report-result": "handling"}[command])
    assert f">{said}<" in page(desk, case, role, "en")
