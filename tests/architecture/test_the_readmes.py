"""The two READMEs, English and Chinese: each leads to the other, and neither has what the other lacks."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import ROOT, files

READMES = {"README.md": "README.zh-CN.md", "README.zh-CN.md": "README.md"}
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in READMES}


def commands(text: str) -> list[str]:
    """What is to be typed: the lines of the shell blocks without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+# .*", "", line) for block in blocks for line in block.splitlines()]


def links(text: str) -> list[str]:
    """Files that are linked to or shown, in order of appearance."""
    found = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text)
    return [one for pair in found for one in pair if one and "://" not in one]


def test_a_command_is_read_without_its_comment() -> None:
    assert commands("```sh\n./bihuan up   # all\ncurl -d '#1'\n```\n") == ["./bihuan up", "curl -d '#1'"]


def test_a_picture_in_html_is_a_link() -> None:
    assert links('![a](b.png) [c](https://d) <img src="e.png">') == ["b.png", "e.png"]


@pytest.mark.parametrize(("name", "other"), READMES.items())
def test_a_reader_is_led_to_the_other_language_at_once(name: str, other: str) -> None:
    assert f"({other})" in "".join(TEXTS[name].splitlines()[:5])


def test_both_readmes_tell_the_same_commands() -> None:
    first, second = map(commands, TEXTS.values())
    assert first == second != []


def test_both_readmes_show_the_same_pictures_and_files() -> None:
    first, second = ([one for one in links(text) if one not in READMES] for text in TEXTS.values())
    assert first == second != []


@pytest.mark.parametrize("name", READMES)
def test_what_a_readme_links_to_is_in_the_tree(name: str) -> None:
    kept = files()
    missing = [
        one for one in links(TEXTS[name]) if not any(f"{file}/".startswith(one.rstrip("/") + "/") for file in kept)
    ]
    assert not missing


def test_every_picture_is_shown() -> None:
    pictures = [name for name in files() if name.startswith("docs/images/")]
    assert not [name for name in pictures if name not in links(TEXTS["README.md"])]
