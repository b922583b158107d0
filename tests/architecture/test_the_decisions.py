"""Whoever asks “why?” finds each decision in docs/adr in one form, and all of them in its list."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

FOLDER = ROOT / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
HEADINGS = ("Date", "Status", "Context", "Decision", "Alternatives", "Costs")
HEADING = re.compile(rf"^(?:## |- |\*\*)?({'|'.join(HEADINGS)})\b[:.*]*[ \t]*(.*)$", re.MULTILINE)


def parts(text: str) -> dict[str, str]:
    """What a decision says under each heading, in its order; on the heading's own line or below it."""
    found = list(HEADING.finditer(text))
    ends = [*(heading.start() for heading in found[1:]), len(text)]
    return {heading[1]: text[heading.start(2) : end].strip() for heading, end in zip(found, ends, strict=True)}


def test_a_part_that_is_missing_or_empty_is_noticed() -> None:
    assert parts("# 1. A\n\n- Date: 2026-11-23\n\n## Context\n\nWe ask.\n\n## Costs\n") == {
        "Date": "2026-11-23", "Context": "We ask.", "Costs": "",
    }  # fmt: skip


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_each_has_its_date_status_context_decision_alternatives_and_costs(page: Path) -> None:
    said = parts(page.read_text("utf-8"))
    assert tuple(said) == HEADINGS
    assert not [heading for heading, words in said.items() if not words]
    assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", said["Date"])


def test_the_list_has_each_under_its_number_and_title() -> None:
    listed = re.findall(
        r"^\| \[(\d+)\]\(([\w.-]+)\) \| (.+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    titles = [(page, re.match(r"# (\d+)\. (.+)\n", page.read_text("utf-8"))) for page in DECISIONS]
    assert listed == [(title[1], page.name, title[2]) for page, title in titles if title]
    assert [int(number) for number, _, _ in listed] == [int(page.name[:4]) for page in DECISIONS]
