"""The shell of every page, in both languages."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from jinja2.ext import babel_extract

from shared.kernel.navigation import navigation
from shared.kernel.roles import ROLES
from shared.platform.web import words
from shared.platform.web.pages import PAGE_POLICY, Pages
from shared.platform.web.static_files import DIRECTORY
from shared.platform.web.words import CATALOGUE, day_in_words, until_in_words, when_in_words
from tests.support import catalogues

ROOT = Path(__file__).parents[4]
SHANGHAI = ZoneInfo("Asia/Shanghai")
KERNEL = ROOT / "shared/kernel/locale/en.po"
HAN = re.compile("[\u4e00-\u9fff]")


async def test_a_page_forbids_inline_script_and_style_and_everything_from_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/greeting")
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY
    assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son\w+=|https?://", answer.text)


async def test_what_people_typed_is_escaped(client: httpx.AsyncClient) -> None:
    answer = await client.get("/greeting", params={"words": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


async def test_a_template_that_asks_for_what_it_was_not_given_fails_loudly(client: httpx.AsyncClient) -> None:
    assert (await client.get("/careless")).status_code == 500


async def test_a_visitor_sees_the_public_places_and_the_way_to_sign_in(client: httpx.AsyncClient) -> None:
    text = (await client.get("/greeting")).text
    assert 'href="/public"' in text
    assert 'href="/sign-in"' in text
    assert 'href="/desk"' not in text


async def test_a_signed_in_person_sees_who_they_are_their_places_and_a_form_that_signs_out(
    client: httpx.AsyncClient, token: Callable[..., str]
) -> None:
    client.cookies.set("bihuan_session", token("county", "140525"))
    answer = await client.get("/greeting")
    assert "县级局承办人 · 140525" in answer.text
    assert 'href="/desk"' in answer.text
    assert len(re.findall(r'name="csrf" value="[0-9a-f]{64}"', answer.text)) == 2
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_those_who_triage_see_the_triage(role: str) -> None:
    sees = "/triage" in {place.href for place in navigation(role)}
    assert sees == (role in {"hotline", "office", "director"})


async def test_the_switch_turns_the_page_english_and_is_remembered(client: httpx.AsyncClient) -> None:
    first = await client.get("/greeting?words=a&lang=en")
    assert '<html lang="en">' in first.text
    assert "Skip to content" in first.text
    assert 'href="?words=a&amp;lang=zh"' in first.text
    again = await client.get("/greeting")
    assert '<html lang="en">' in again.text
    assert '<html lang="zh-CN">' in (await client.get("/greeting?lang=zh")).text


async def test_a_language_that_is_not_spoken_here_shows_chinese(client: httpx.AsyncClient) -> None:
    answer = await client.get("/greeting?lang=tlh")
    assert '<html lang="zh-CN">' in answer.text
    assert "set-cookie" not in answer.headers


def test_an_instant_is_written_out_in_shanghai_with_the_year_only_when_it_is_another() -> None:
    instant = datetime(2022, 1, 21, 9, 31, tzinfo=UTC)
    assert when_in_words(instant, "zh", now=date(2022, 3, 1)) == "1月21日 17:31"
    assert when_in_words(instant, "zh", now=date(2021, 12, 31)) == "2022年1月21日 17:31"
    assert when_in_words(instant, "en") == "21 Jan 2022 17:31"


def test_what_ends_at_midnight_ends_at_the_24_00_of_the_day_before() -> None:
    midnight = datetime(2022, 2, 9, 16, 0, tzinfo=UTC)
    assert until_in_words(midnight, "zh", now=date(2022, 2, 1)) == "2月9日 24:00"
    assert until_in_words(midnight, "en") == "9 Feb 2022 24:00"
    assert until_in_words(datetime(2022, 2, 9, 7, 0, tzinfo=UTC), "zh", now=midnight) == "2月9日 15:00"


def test_the_last_evening_of_a_year_in_london_is_new_years_day_in_shanghai() -> None:
    assert day_in_words(datetime(2021, 12, 31, 16, 0, tzinfo=UTC)) == "2022年1月1日"
    assert day_in_words(date(2022, 2, 9), now=date(2022, 1, 1), weekday=True) == "2月9日（周三）"


def test_an_instant_without_a_zone_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="time zone"):
        when_in_words(datetime(2022, 1, 21))


def test_days_are_written_as_each_language_writes_them() -> None:
    wednesday = date(2022, 2, 9)
    assert day_in_words(wednesday, "zh") == "2022年2月9日"
    assert day_in_words(wednesday, "zh", weekday=True) == "2022年2月9日（周三）"
    assert day_in_words(wednesday, "zh", now=wednesday) == "2月9日"
    assert day_in_words(wednesday, "en") == "9 Feb 2022"
    assert day_in_words(wednesday, "en", weekday=True) == "Wed, 9 Feb 2022"
    assert day_in_words(wednesday, "en", now=wednesday, weekday=True) == "Wed 9 Feb"


def test_in_a_campaign_elsewhere_instants_are_shown_in_its_zone() -> None:
    words.install([CATALOGUE], ZoneInfo("Asia/Urumqi"))
    assert when_in_words(datetime(2022, 1, 21, 9, 31, tzinfo=UTC)) == "2022年1月21日 15:31"
    assert day_in_words(datetime(2022, 1, 21, 17, 30, tzinfo=UTC)) == "2022年1月21日"
    assert until_in_words(datetime(2022, 1, 21, 18, 0, tzinfo=UTC)) == "2022年1月21日 24:00"
    assert (words.zone_in_words("zh"), words.zone_in_words("en")) == ("中国（乌鲁木齐）时间", "China (Urumqi) Time")


def test_the_zone_of_china_is_called_as_the_law_calls_it() -> None:
    words.install([CATALOGUE], SHANGHAI)
    assert (words.zone_in_words("zh"), words.zone_in_words("en")) == ("北京时间", "Beijing time")


def test_of_two_translations_of_one_msgid_the_first_installed_is_spoken(tmp_path: Path) -> None:
    (tmp_path / "en.po").write_text('msgid "登录"\nmsgstr "Log on"\n\nmsgid "甲"\nmsgstr "A"\n', encoding="utf-8")
    words.install([CATALOGUE, tmp_path / "en.po"], SHANGHAI)
    assert (words.translate("en", "登录"), words.translate("en", "甲")) == ("Sign in", "A")
    words.install([tmp_path / "en.po", CATALOGUE], SHANGHAI)
    assert words.translate("en", "登录") == "Log on"


def test_who_has_not_said_with_what_to_speak_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_speech", None)
    spoken: tuple[Callable[[], str], ...] = (
        lambda: words.translate("en", "登录"),
        lambda: when_in_words(datetime(2022, 1, 21, tzinfo=UTC)),
    )
    for speak in spoken:
        with pytest.raises(words.NotInstalled, match=r"words\.install"):
            speak()


def test_every_chinese_msgid_of_every_template_has_an_english_one_where_it_is_spoken() -> None:
    templates = sorted([*ROOT.glob("shared/**/templates/**/*.html"), *ROOT.glob("services/*/templates/**/*.html")])
    assert {path.relative_to(ROOT).parts[0] for path in templates} == {"shared", "services"}
    missing = []
    for template in templates:
        service = template.relative_to(ROOT).parts[1] if template.is_relative_to(ROOT / "services") else None
        known = catalogues.english(catalogues.of(service) if service else [CATALOGUE])
        with template.open("rb") as source:
            found = babel_extract(source, ("_", "gettext", "ngettext"), [], {"trim_blocks": "1", "silent": "0"})
            for line, _, message, _ in found:
                msgid = message if isinstance(message, str) else next((m for m in message or () if m), None)
                if msgid and msgid not in known:
                    missing.append(f"{template.relative_to(ROOT)}:{line} {msgid}")
    assert missing == []


def test_every_catalogue_translates_all_that_it_names_and_no_two_name_the_same() -> None:
    owners: dict[tuple[str | None, str], list[Path]] = defaultdict(list)
    for path in catalogues.ALL:
        for msgid, said in catalogues.messages(path).items():
            assert said, f"{path}: {msgid}"
            owners[msgid].append(path)
    twice = {msgid: paths for msgid, paths in owners.items() if len(paths) > 1}
    assert twice == {}, "what several services say belongs to the kernel"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        ("platform/web", ("problems", "problem_handlers", "session", "limits", "readiness")),
        ("kernel", ("loopbar/words", "roles")),
    ],
)
def test_every_chinese_sentence_of_the_shared_shell_has_an_english_one_beside_it(
    owner: str, names: tuple[str, ...]
) -> None:
    known = {msgid for _, msgid in catalogues.messages(ROOT / "shared" / owner / "locale" / "en.po")}
    missing = []
    for name in names:
        tree = ast.parse((ROOT / f"shared/{owner}/{name}.py").read_text())
        aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        aside |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if HAN.search(said) and id(node) not in aside and said not in known:
                missing.append(f"{name}: {said}")
    assert missing == []


def test_every_place_of_the_navigation_has_its_english_name() -> None:
    labels = {place.label for role in (None, *ROLES) for place in navigation(role)}
    assert {("nav", label) for label in labels} <= set(catalogues.messages(KERNEL))


def card(folder: Path, **context: object) -> str:
    (folder / "t.html").write_text(
        '{% from "due_card.html" import due_card with context %}{{ due_card(**card) }}', encoding="utf-8"
    )
    return Pages([folder]).text("zh", "t.html", {"card": context, "now": None})


def test_a_due_card_unfolds_into_the_days_under_their_weekdays(tmp_path: Path) -> None:
    days = [
        {"date": date(2022, 1, 28), "counted": True, "why": "working_day", "label": ""},
        {"date": date(2022, 1, 29), "counted": True, "why": "makeup", "label": "调休班"},
        {"date": date(2022, 1, 30), "counted": True, "why": "makeup", "label": "调休班"},
        {"date": date(2022, 1, 31), "counted": False, "why": "holiday", "label": "除夕"},
    ]
    text = card(tmp_path, words="还剩 3 个工作日", printed="2月9日 24:00 前", days=days, today=date(2022, 1, 30))
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    assert [len(re.findall("<td", row)) for row in rows[1:]] == [7, 1]
    assert re.search(r'<td class="counted makeup today[^"]*"><b>30</b><i>调休班<span class="unseen">，计入', text)
    assert re.search(r'<td class="skipped"><b>31</b><i>除夕<span class="unseen">，不计', text)


def test_a_due_card_is_red_only_when_it_is_an_alarm(tmp_path: Path) -> None:
    assert 'class="due"' in card(tmp_path, words="a", printed="b")
    assert 'class="due alarm"' in card(tmp_path, words="a", printed="b", alarm=True)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def schemes() -> dict[str, dict[str, str]]:
    css = (DIRECTORY / "bihuan.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in blocks)
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_controls_stand_out_enough_for_tired_eyes(scheme: str) -> None:
    """WCAG 2.2: 4.5:1 for text (1.4.3), 3:1 for marks and borders of controls (1.4.11)."""
    tokens = schemes()[scheme]
    text = [(ink, ground) for ink in ("ink", "soft", "faint", "now", "alarm", "done") for ground in ("paper", "sheet")]
    text += [("on-mark", mark) for mark in ("now", "alarm", "done")]
    text += [("now", "now-wash"), ("alarm", "alarm-wash"), ("ink", "alarm-wash"), ("ink", "done-wash")]
    marks = [("control", "paper"), ("control", "sheet")]
    weak = [pair for pair in text if contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5]
    weak += [pair for pair in marks if contrast(tokens[pair[0]], tokens[pair[1]]) < 3]
    assert weak == []
