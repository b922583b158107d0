"""English is complete: whatever the code says in Chinese on a page has an English msgid where it is spoken.

The code is read, not run: each Chinese string, and each sentence with places, must be in a catalogue of its service.
What a module says that nobody reads on an English page is left out by module, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared.platform.web.known import HAN
from tests.support import catalogues

ROOT = Path(__file__).parents[4]
CHINESE_IN_EVERY_LANGUAGE = {
    "services/assessment/counting.py::run": "told to who runs the service, by its health",
    "services/assessment/rules/schedule.py": "told to who writes a campaign file",
    "services/assessment/web/words.py::month_words": "both languages beside each other",
    "services/assessment/web/words.py::period_words": "both languages beside each other",
    "services/assessment/rules/enterprises.py": "the parts of an enterprise's name",
    "services/cases/documents": "the words of a letter, and what only who installs the fonts is told",
    "services/intake/rules/keywords.py": "what tips are searched for",
    "services/intake/rules/places.py": "what tips are searched for",
    "services/intake/limits.py": "sentences made of a shared one; they have a test of their own",
    "services/intake/rules/redaction.py": "what tips are searched for; what was found has a test of its own",
    "services/intake/rules/spellings.py": "what tips are searched for",
    "services/intake/rules/triage.py::_alleged": "the matter of a case, which letters and pages have in Chinese",
    "services/intake/rules/triage.py::matter": "the matter of a case, which letters and pages have in Chinese",
    "services/intake/vault.py": "told to who starts the service",
    "services/notify/channels/smtp.py": "the words of a mail, which has no language switch",
    "services/notify/rules/drafting.py": "the words of a disclosure, which is published in Chinese",
    "services/notify/rules/redaction.py": "what disclosures are searched for",
    "services/notify/web/feed.py": "the public feed, which has no language switch",
    "shared/kernel/campaign": "told to who writes a campaign file; days are in both languages",
    "shared/kernel/composition.py": "told to who starts the service",
    "shared/platform/dates.py": "both languages beside each other",
    "shared/platform/event_store/session.py": "told to who writes a service",
    "shared/platform/messaging": "told to who runs the service, by its health",
    "shared/platform/text.py": "characters that are compared",
    "shared/platform/web/known.py": "how Chinese days are written",
    "shared/platform/web/pages.py": "what each language calls itself",
    "shared/platform/web/readiness.py": "told to who runs the service",
}
PLACE = re.compile(r"\{[^{}]*\}")
DAY = re.compile(r"(\{\}年)?\{\}月\{\}日(\{\}|24:00)?")
"""A day inside a sentence, which is known again as one."""


def spoken() -> list[Path]:
    modules = [*ROOT.glob("services/*/**/*.py"), *ROOT.glob("shared/**/*.py")]
    names = [path.relative_to(ROOT).as_posix() for path in sorted(modules)]
    return [Path(name) for name in names if not any(name.startswith(left) for left in CHINESE_IN_EVERY_LANGUAGE)]


def said_in(module: Path) -> Iterator[tuple[int, str]]:
    """The Chinese strings of a module with their lines, the places of a sentence as {}; no docstrings."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    left_out = [
        node for node in ast.walk(tree) if f"{module}::{getattr(node, 'name', '')}" in CHINESE_IN_EVERY_LANGUAGE
    ]
    aside = {id(node) for function in left_out for node in ast.walk(function)}
    aside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    aside |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        said = ""
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            said = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        said = PLACE.sub("{}", said)
        if HAN.search(said) and id(node) not in aside and not DAY.fullmatch(said):
            yield getattr(node, "lineno", 0), said


def english_of(module: Path) -> set[str]:
    service = module.parts[1] if module.parts[0] == "services" else None
    paths = catalogues.of(service) if service else catalogues.ALL
    return {PLACE.sub("{}", msgid) for path in paths for _, msgid in catalogues.messages(path)}


def test_every_chinese_sentence_of_the_code_has_its_english_where_it_is_spoken() -> None:
    missing = []
    for module in spoken():
        known = english_of(module)
        missing += [f"{module}:{line} {said}" for line, said in said_in(module) if said not in known]
    assert missing == []


def test_every_module_that_is_left_out_is_there() -> None:
    assert [path for path in CHINESE_IN_EVERY_LANGUAGE if not (ROOT / path.partition("::")[0]).exists()] == []
