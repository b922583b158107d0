# ruff: noqa: E501 -- the table of faults below is read one case a line
"""What an operator is told about a campaign file that does not fit: line, place, what was found, what may stand there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.kernel.campaign import Campaign, CampaignError, load

GOOD = Path(__file__).parents[4] / "deploy" / "campaigns" / "jincheng-2021.yaml"
Spoil = Callable[..., CampaignError]


@pytest.fixture
def spoilt(tmp_path: Path) -> Spoil:
    """Loads the good file with pieces of text replaced, and gives back the error."""

    def load_with(*changes: tuple[str, str]) -> CampaignError:
        text = GOOD.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) >= 1, f"{old!r} is not in the file"
            text = text.replace(old, new, 1)
        file = tmp_path / "campaign.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CampaignError) as caught:
            load(file)
        return caught.value

    return load_with


def line_of(text: str) -> int:
    lines = GOOD.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_wrong_value_is_told_with_its_line_its_path_and_the_allowed_ones(spoilt: Spoil) -> None:
    error = spoilt(("weekday: friday", "weekday: fryday"))
    (fault,) = error.faults
    assert fault.line == line_of("code: weekly_return,")
    assert fault.path == "filings[3].when.weekly.weekday"
    assert "fryday" in fault.message
    assert "monday、tuesday、wednesday、thursday、friday" in fault.message
    assert "是不是“friday”" in fault.message
    assert f"campaign.yaml:{fault.line}: filings[3].when.weekly.weekday" in str(error)


def test_a_misspelt_key_is_told_with_the_keys_that_it_may_have_meant(spoilt: Spoil) -> None:
    error = spoilt(("hotline:\n  number", "hotline:\n  numbr"))
    unknown = next(fault for fault in error.faults if fault.path == "hotline.numbr")
    assert "是不是“number”" in unknown.message
    missing = next(fault for fault in error.faults if fault.path == "hotline.number")
    assert "缺少" in missing.message
    assert missing.line == line_of("hotline:")


def test_a_misspelt_key_deep_inside_a_list_names_the_keys_of_that_place(spoilt: Spoil) -> None:
    error = spoilt(("count: 4, unit: hours", "count: 4, unti: hours"))
    assert any("是不是“unit”" in fault.message and fault.path == "windows[0].unti" for fault in error.faults)


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(spoilt: Spoil) -> None:
    error = spoilt(
        ("version: 1", "version: eins"),
        ("start: 2021-12-28, end: 2022-03-31}", "start: 28.12.2021, end: 2022-03-31}"),
        ("automatic: confident", "automatic: always"),
        ("shrinkage: 5", "shrinkage: -5"),
    )
    assert [fault.path for fault in error.faults] == [
        "version",
        "period.start",
        "assessment.shrinkage",
        "triage.automatic",
    ]
    assert [fault.line for fault in error.faults] == sorted(fault.line for fault in error.faults)


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ('liaison: p-g1-2, units: ["140525"]', 'liaison: p-g1-2, units: ["140599"]', "groups[0].units[0]", "140525"),
        ('units: ["140581", "140524"]', 'units: ["140581"]', "units[4].code", "没有督导工作组负责"),
        ('units: ["140581", "140524"]', 'units: ["140581", "140524", "140525"]', "groups[2].units[2]", "已由 g1 负责"),
        ("leader: p-enforcement,", "leader: p-enforcment,", "groups[1].leader", "是不是“p-enforcement”"),
        ("liaison: p-g2-3,", "liaison: p-centre,", "groups[1].liaison", "本组成员"),
        ("head: p-vice-mayor", "head: p-mayor", "task_force.head", "p-vice-mayor"),
        ("contact: p-contact", "contact: p-nobody", "notice.contact", "p-contact"),
        ("post: 城区局执法人员, unit: \"140502\"", "post: 城区局执法人员, unit: \"140503\"", "people[27].unit", "140502"),
        ("roles: [principal, taskforce], phone: \"13200001001\"", "roles: [principal], phone: \"13200001001\"",
         "people[25].roles", "taskforce"),
        ("unit: police, roles: [police]", "unit: police, roles: [auditor]", "people[53].roles[0]", "audit"),
        ("unit: police, roles: [police]", "unit: police, roles: [police, group]", "people[53].roles[1]", "未列入"),
        ("unit: \"140502\", roles: [county], phone: \"13200001003\"", "unit: \"140525\", roles: [county], phone: \"13200001003\"",
         "units[0].code", "至少须有 2 名 county"),
        (", liaison: true}", "}", "units[0].code", "恰有 1 名联络员"),
        ("unit: enforcement-team, roles: [county]", "unit: audit, roles: [auditor]", "addressee_rules[0].to", "收文办理"),
        ("id: p-zezhou-2", "id: p-zezhou-1", "people[31].id", "重复"),
        ("code: 140525-nancun", "code: 140525-bagong", "units[1].stations[1].code", "唯一"),
        ("code: enforcement-team, kind", "code: g1, kind", "bodies[1].code", "唯一"),
        ("{code: city, kind: city", "{code: town, kind: city", "bodies", "city"),
        ("code: police, kind", "code: none, kind", "bodies[3].code", "none"),
        ("start: 2022-01-01, end: 2022-01-20", "start: 2021-01-01, end: 2022-01-20", "phases[1].start", "2021-12-28"),
        ("start: 2022-01-01, end: 2022-01-20", "start: 2022-01-21, end: 2022-01-20", "phases[1].start", "晚于"),
        ("period: {start: 2021-12-28", "period: {start: 2023-12-28", "period", "晚于"),
        ("start: triaged,", "start: trialed,", "windows[1].start", "是不是“triaged”"),
        ("overrides: {major: {count: 20}", "overrides: {majro: {count: 20}", "windows[3].overrides.majro", "major"),
        ("unit: hours, start: received}", "unit: hours, start: recieved}", "windows[1].overrides.danger.start", "received"),
        ("half_of: feedback", "half_of: feedbak", "earliest[0].half_of", "feedback"),
        ("count: 10, unit: working_days", "count: 10, unit: calendar_days", "earliest[0].half_of", "折半"),
        ("windows: [first_step_after_signing]", "windows: [first_step]", "earliest[0].windows[0]", "first_step_after_signing"),
        ("along_with: weekly_return", "along_with: typical_case", "filings[4].when.along_with", "weekly_return"),
        ("code: review, zh", "code: triage, zh", "windows[0].code", "不得重名"),
        ("code: sign_for,", "code: sign_four,", "windows", "缺少“sign_for”"),
        ("when: {fixed: {day: 2022-01-20}}", "when: {}", "filings[2].when", "恰好写一种"),
        ("{day: last_working_day, time: \"15:00\"}", "{day: last_working_day, nth: 2}", "filings[5].when.monthly", "nth"),
        ("time: \"17:00\", shift: next", "time: \"25:00\", shift: next", "filings[7].when.weekly.time", "24:00"),
        ("actions: [circulated_criticism, admonition_interview]", "actions: [criticism]", "accountability[0].actions[0]", "circulated"),
        ("  - {ground: fraud, actions: [accountability]}\n", "", "accountability", "fraud"),
        ("on_conflict: [g1,", "on_conflict: [g9,", "verification.on_conflict[0]", "g1"),
        ("statements: [inspection_complete]}", "statements: [all_good]}", "commitments[0].statements[0]", "inspection_complete"),
        ("rests_on: station", "rests_on: stations", "commitments[2].rests_on", "是不是“station”"),
        ("of: key_user,", "of: key_users,", "coverage[0].of", "是不是“key_user”"),
        ("\ncoverage:\n", "\nenterprises:\n  - {name: 甲气站, unit: \"140599\", grade: key_user}\ncoverage:\n",
         "enterprises[0].unit", "140599"),
        ("\ncoverage:\n", "\nenterprises:\n  - {name: 甲气站, unit: \"140525\", grade: key_users}\ncoverage:\n",
         "enterprises[0].grade", "是不是“key_user”"),
        ("start_score: 80", "start_score: 100", "assessment.start_score", "90"),
        ("counts: [major_rectified]", "counts: [major_rectifed]", "assessment.batches[0].counts[0]", "major_rectified"),
        ("numerator: closed_on_time", "numerator: closed_in_time", "assessment.components[4].numerator", "closed_on_time"),
        ("points: 15,", "points: 14,", "assessment", "99"),
        ("measures: [licence_withheld]", "measures: [licence_withhold]", "taxonomies[19].terms[4].measures[0]",
         "licence_withheld"),
        ("email: zezhou@jincheng.example", "email: zezhou at jincheng", "people[29].email", "须符合格式"),
        ("office: campaign-office, number", "office: groups-office, number", "letters.forms[0].office", "campaign-office"),
        ("（{code}）移〔{year}〕{n}号\", you: 你局", "（{code}）移〔{year}〕号\", you: 你局", "letters.forms[0].number", "{n}"),
        ("（{code}）移〔{year}〕{n}号\", you: 你局", "（{code）移〔{year}〕{n}号\", you: 你局", "letters.forms[0].number", "{n}"),
        ("matters: [fatality,", "matters: [fatalities,", "addressee_rules[1].matters[0]", "fatality"),
        ("to: enforcement-team, form", "to: enforcement, form", "addressee_rules[0].to", "enforcement-team"),
        ("{matters: [], to: bureau", "{matters: [fatality], to: bureau", "addressee_rules[2].matters", "为空"),
        ("target: city_gas", "target: town_gas", "triage.keywords[20].target", "city_gas"),
        ("涨价], others_duty: true}", "涨价]}", "triage.keywords[25]", "others_duty"),
        ("涨价], others_duty: true}", "涨价], others_duty: maybe}", "triage.keywords[25].others_duty", "true"),
        ("    [长治, ", "    [泽州县, 长治, ", "triage.elsewhere[0]", "140525"),
        ("landmarks: [公园,", "landmarks: [县, 公园,", "triage.landmarks[0]", "泽州县"),
        ("landmarks: [公园,", "landmark: [公园,", "triage.landmark", "是不是“landmarks”"),
        ("longer_words: [太阳城,", "longer_words: [泽州, 太阳城,", "triage.longer_words[0]", "本身就是"),
        ("longer_words: [太阳城,", "longer_words: [甲乙丙, 太阳城,", "triage.longer_words[0]", "elsewhere 或 keywords"),
        ("places: [崇文镇,", "places: [巴公镇,", "units[4].places[0]", "140525"),
        ("places: [崇文镇,", "places: [高平市,", "units[4].places[0]", "140581"),
        ("code: violations\n", "code: breaches\n", "taxonomies", "violations"),
        ("code: overdue, zh: 未按期办结, en: Overdue, clause: 六（二）}\n      - {code: idle", "code: late, zh: 未按期办结, en: Overdue, clause: 六（二）}\n      - {code: idle", "taxonomies[14].terms", "overdue"),
        ("seal_authority: 晋城市市场监督管理局\n    duties: [集中", "duties: [集中", "offices[0].letter_code", "seal_authority"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Jincheng", "timezone", "Asia/Shanghai"),
        ("outside_period: accept_and_mark", "outside_period: maybe", "limits.outside_period", "accept_and_mark"),
        ("number: \"12315\"", "number: 一二三一五", "hotline.number", "须符合格式"),
        ("keywords_min: 3", "keywords_min: 9", "limits", "keywords_max"),
        ("issued: 2021-12-28", "issued: 2021年12月28日", "notice.issued", "2021-12-28"),
        ("aliases: [泽州]", "aliases: 泽州", "units[1].aliases", "列表"),
        ("signed: true, clause: 五（二）", "signed: maybe, clause: 五（二）", "filings[2].signed", "true"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_where_it_stands(spoilt: Spoil, old: str, new: str, path: str, said: str) -> None:
    error = spoilt((old, new))
    told = [fault.message for fault in error.faults if fault.path == path]
    assert told, str(error)
    assert any(said in message for message in told), str(error)


def test_a_key_written_twice_is_told_instead_of_one_being_dropped(spoilt: Spoil) -> None:
    error = spoilt(("version: 1\n", "version: 1\nversion: 2\n"))
    (fault,) = error.faults
    assert (fault.path, fault.line) == ("version", line_of("version: 1") + 1)
    assert "两次" in fault.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id: [unclosed\n", "不是有效的 YAML"),
        ("- a\n- b\n", "键: 值"),
        ("", "键: 值"),
        ("id: \x00\n", "不是有效的 YAML"),
        ("id: a\n---\nid: b\n", "不是有效的 YAML"),
        ("id: &self [*self]\n", "引用"),
    ],
)
def test_a_file_that_is_no_campaign_is_refused_in_words(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "campaign.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CampaignError, match=said):
        load(file)


def test_a_missing_file_and_a_file_of_other_bytes_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="无法读取"):
        load(tmp_path / "nowhere.yaml")
    file = tmp_path / "gbk.yaml"
    file.write_bytes("id: 晋城".encode("gbk"))
    with pytest.raises(CampaignError, match="UTF-8"):
        load(file)


def test_what_yaml_would_guess_is_read_as_it_stands(jincheng: Campaign) -> None:
    weekly = jincheng.filing("weekly_return").when.weekly
    assert weekly is not None
    assert weekly.time == "15:00"
    assert jincheng.unit("140502").zh == "城区"
    assert jincheng.hotline.number == "12315"


def test_a_loaded_campaign_cannot_be_changed(jincheng: Campaign) -> None:
    with pytest.raises(ValueError, match="frozen"):
        jincheng.version = 2
