"""What the notice says, read back from the campaign: units, seats, dual roles, addressees, lists, formula."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.campaign import Campaign, UnknownCode
from shared.kernel.campaign.bodies import County
from shared.kernel.campaign.taxonomy import Taxonomy, Term
from shared.platform.clock import SystemClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
COUNTIES = ("140502", "140525", "140581", "140522", "140524", "140521", "140571")


def test_the_seven_counties_carry_their_national_codes_and_only_the_zone_a_code_of_its_own(jincheng: Campaign) -> None:
    assert tuple(county.code for county in jincheng.units) == COUNTIES
    assert [county.zh for county in jincheng.units if county.campaign_local] == ["开发区"]


def test_each_group_supervises_the_counties_of_the_notice(jincheng: Campaign) -> None:
    units = {group.code: [jincheng.county(code).zh for code in group.units] for group in jincheng.groups}
    assert units == {
        "g1": ["泽州县"],
        "g2": ["城区", "开发区"],
        "g3": ["高平市", "陵川县"],
        "g4": ["阳城县", "沁水县"],
    }
    assert jincheng.group_of("140524").code == "g3"


def test_jurisdictions_are_the_counties_the_groups_the_city_and_none(jincheng: Campaign) -> None:
    assert jincheng.jurisdictions == {*COUNTIES, "g1", "g2", "g3", "g4", "city", "none"}


def test_what_befalls_a_unit_that_is_no_jurisdiction_is_the_citys(jincheng: Campaign) -> None:
    county, station = jincheng.units[0].code, jincheng.units[0].stations[0].code
    assert [jincheng.jurisdiction_of(unit) for unit in (county, "g1", station)] == [county, "g1", "city"]


def test_every_county_has_a_principal_with_a_deputy_two_handling_officers_a_liaison_and_stations(
    jincheng: Campaign,
) -> None:
    for county in jincheng.units:
        assert [one.deputy for one in jincheng.people_with("principal", county.code)] == [False, True]
        assert len(jincheng.people_with("county", county.code)) >= 2
        assert [person.unit for person in jincheng.people if person.liaison and person.unit == county.code]
        assert 2 <= len(county.stations) <= 3


def test_every_group_has_a_leader_members_and_a_liaison_among_them(jincheng: Campaign) -> None:
    for group in jincheng.groups:
        seated = [person.id for person in jincheng.people_with("group", group.code)]
        assert set(seated) == {group.leader, *group.members}
        assert group.liaison in group.members


def test_the_offices_have_the_people_whom_the_loop_needs(jincheng: Campaign) -> None:
    assert len(jincheng.people_with("office", "campaign-office")) >= 2
    assert [person.id for person in jincheng.people_with("director", "campaign-office")] == [
        "p-deputy-director",
        "p-office-deputy",
    ]
    assert len(jincheng.people_with("hotline")) == 2
    assert len(jincheng.people_with("discipline")) == 2
    for role in ("police", "auditor", "admin"):
        assert len(jincheng.people_with(role)) == 1
    assert jincheng.person(jincheng.task_force.head).post == "副市长"


def test_dual_roles_are_computed_as_the_notice_has_them(jincheng: Campaign) -> None:
    def units(person: str) -> set[str]:
        return {seat.unit for seat in jincheng.dual_roles(person)}

    for county in jincheng.units:
        head, _ = jincheng.people_with("principal", county.code)
        assert units(head.id) == {county.code, "task-force"}
    assert {"g1", "campaign-office", "task-force"} <= units("p-deputy-director")
    assert units("p-section-chief") == {"groups-office", "g1", "task-force"}
    leaders_on_the_force = [g.leader for g in jincheng.groups if "task-force" in units(g.leader)]
    assert leaders_on_the_force == ["p-deputy-director", "p-enforcement", "p-centre"]
    assert jincheng.dual_roles("p-vice-mayor") == ()
    assert jincheng.dual_roles("p-zezhou-1") == ()


def test_two_roles_in_the_same_office_are_no_dual_role(lanjiang: Campaign) -> None:
    assert {seat.role for seat in lanjiang.appointments("p-office-2")} == {"office", "hotline"}
    assert lanjiang.dual_roles("p-office-2") == ()


def test_somebody_belongs_to_every_body_of_his_posts_and_seats_a_station_counting_to_its_county(
    jincheng: Campaign,
) -> None:
    assert jincheng.bodies_of("p-zezhou") == {"140525", "task-force"}
    assert jincheng.bodies_of("p-zezhou-station") == {"140525"}
    assert jincheng.bodies_of("p-enforcement") == {"enforcement-team", "g2", "task-force"}
    assert jincheng.bodies_of("p-g1-1") == {"enforcement-team", "g1"}, "his post is in the team"
    assert jincheng.bodies_of("api-office-city") == frozenset()


def test_a_body_has_its_members_and_a_group_its_leader(jincheng: Campaign) -> None:
    assert {one.id for one in jincheng.members_of("g2")} == {"p-enforcement", "p-g2-1", "p-g2-2", "p-g2-3"}
    assert jincheng.leader_of("g2") == "p-enforcement"
    assert jincheng.leader_of("140525") is None


def test_a_letter_goes_to_the_bureau_a_fatality_to_the_government_with_the_bureau_told(jincheng: Campaign) -> None:
    usual = jincheng.addressee("140525")
    assert (usual.kind, usual.name, usual.form.code, usual.informed) == (
        "bureau",
        "泽州县市场监督管理局",
        "transfer",
        (),
    )
    assert usual.form.you == "你局"
    for matter in ("fatality", "concealed_accident"):
        grave = jincheng.addressee("140525", matter)
        assert (grave.kind, grave.name, grave.unit) == ("government", "泽州县人民政府", "140525")
        assert grave.informed == ("泽州县市场监督管理局",)
        assert jincheng.office(grave.form.office).code == "task-force-office"


def test_a_tip_against_a_countys_officials_never_goes_to_that_county(jincheng: Campaign) -> None:
    for matters in (["against_officials"], ["fatality", "against_officials"]):
        found = jincheng.addressee("140525", matters)
        assert found.unit == "enforcement-team"
        assert "泽州" not in found.name


def test_a_letter_to_a_body_of_the_city_carries_its_own_name(jincheng: Campaign) -> None:
    found = jincheng.addressee("inspection-centre")
    assert (found.unit, found.kind, found.name) == ("inspection-centre", "body", "晋城市综合检验检测中心")


def test_letter_numbers_carry_the_offices_own_word_and_no_leading_zero(jincheng: Campaign, lanjiang: Campaign) -> None:
    assert jincheng.letter_number("transfer", 2022, 17) == "（特设）移〔2022〕17号"
    assert jincheng.letter_number("government", 2022, 1) == "（特设专）移〔2022〕1号"
    assert lanjiang.letter_number("transfer", 2023, 5) == "澜燃交〔2023〕5号"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("loop_steps", 7),
        ("violations", 20),
        ("selection_flags", 5),
        ("traceability", 2),
        ("measures", 10),
        ("outcomes", 10),
        ("return_reasons", 8),
        ("escalation_triggers", 3),
        ("four_musts", 4),
        ("hazard_plan", 5),
        ("disclosure_kinds", 5),
        ("commitment_statements", 2),
        ("handling_steps", 6),
        ("targets", 7),
    ],
)
def test_a_list_has_as_many_terms_as_the_notice(jincheng: Campaign, name: str, size: int) -> None:
    assert len(jincheng.taxonomy(name)) == size


def of_kind(taxonomy: Taxonomy, kind: str) -> list[Term]:
    return [term for term in taxonomy.terms if term.kind == kind]


def test_eleven_of_the_twelve_common_items_are_violations_and_the_twelfth_a_work_check(jincheng: Campaign) -> None:
    common = of_kind(jincheng.taxonomy("violations"), "common")
    assert [term.work_check for term in common] == [False] * 11 + [True]
    assert len(of_kind(jincheng.taxonomy("violations"), "safety_committee")) == 8


def test_the_ten_outcome_items_are_not_ten_sanctions(jincheng: Campaign) -> None:
    outcomes = jincheng.taxonomy("outcomes")
    assert outcomes.term("nature").kind == "classification"
    assert outcomes.term("major_hazard_rate").kind == "rate"
    assert outcomes.term("escalated_verification").kind == "process"
    assert len(of_kind(outcomes, "decision")) == 7


def test_the_four_channels_five_batches_and_three_levels_are_there(jincheng: Campaign) -> None:
    assert [channel.medium for channel in jincheng.channels] == ["newspaper", "broadcast", "portal", "social"]
    assert len(jincheng.assessment.batches) == 5
    assert [level.code for level in jincheng.commitments] == ["enterprise", "station", "county"]
    assert jincheng.commitment("enterprise").statements == ("inspection_complete",)
    assert jincheng.commitment("county").statements == ("inspection_complete", "no_illegal_enterprise")


def test_each_ground_leads_to_what_the_notice_says(jincheng: Campaign) -> None:
    for ground in ("self_check_not_serious", "rectification_not_thorough", "enforcement_not_strict"):
        assert jincheng.actions_for(ground) == ("circulated_criticism", "admonition_interview")
    assert jincheng.actions_for("fraud") == ("accountability",)
    assert jincheng.actions_for("unfulfilled_commitment") == jincheng.actions_for("false_commitment")


def test_scores_count_no_measure_that_more_tips_alone_would_lower(jincheng: Campaign) -> None:
    named = {code for part in jincheng.assessment.components for code in (part.numerator, part.denominator)}
    assert not named & {"tips_received", "tips_transferred", "tips_overdue", "tips_idle", "tips_false"}


def test_the_columns_of_annexes_2_and_3_are_verbatim(jincheng: Campaign) -> None:
    assert "·".join(jincheng.annexes.acts_columns) == (
        "序号·生产经营使用单位名称/非法业主名称·核查单位·是否提级核查·所在地县、乡、镇（街道）·企业类别·"
        "重大隐患/具体非法违法行为·违法性质·信息来源及处理措施"
    )
    assert len(jincheng.annexes.liaison_columns) == 9
    assert jincheng.annexes.reconstructed == ("附件1",)


def test_the_period_holds_its_first_and_last_day_in_the_campaigns_zone(jincheng: Campaign) -> None:
    assert jincheng.period.contains(date(2021, 12, 28))
    assert jincheng.period.contains(date(2022, 3, 31))
    assert not jincheng.period.contains(date(2022, 4, 1))
    utc = ZoneInfo("UTC")
    assert jincheng.covers(datetime(2022, 3, 31, 15, 59, tzinfo=utc))
    assert not jincheng.covers(datetime(2022, 3, 31, 16, 0, tzinfo=utc))


def test_every_town_and_street_leads_to_its_county(jincheng: Campaign) -> None:
    assert jincheng.places["巴公镇"] == "140525"
    assert jincheng.places["钟家庄街道"] == "140502"
    assert jincheng.places["经开区"] == "140571"
    assert set(jincheng.places.values()) == set(COUNTIES)


def test_every_keyword_of_a_grave_matter_leaves_the_tip_to_a_person(jincheng: Campaign) -> None:
    dangerous = {word for keyword in jincheng.triage.keywords if keyword.danger for word in keyword.words}
    assert {"泄漏", "着火", "亡人"} <= dangerous


def test_a_station_belongs_to_its_county(jincheng: Campaign) -> None:
    assert jincheng.county_of_station("140525-bagong").code == "140525"
    assert isinstance(jincheng.unit("140525"), County)
    assert jincheng.unit("140525-bagong").zh == "巴公市场监管所"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda c: c.unit("140599"), "140525"),
        (lambda c: c.county("g1"), "140502"),
        (lambda c: c.group("g5"), "g4"),
        (lambda c: c.group_of("g1"), "140571"),
        (lambda c: c.office("ofice"), "campaign-office"),
        (lambda c: c.person("p-zezho"), "是不是“p-zezhou”"),
        (lambda c: c.people_with("captain"), "principal"),
        (lambda c: c.people_with("county", "140599"), "140525"),
        (lambda c: c.appointments("nobody"), "p-zezhou"),
        (lambda c: c.window("feedbak"), "是不是“feedback”"),
        (lambda c: c.earliest_of("feedback"), "first_step"),
        (lambda c: c.filing("feedback"), "weekly_return"),
        (lambda c: c.taxonomy("violation"), "是不是“violations”"),
        (lambda c: c.taxonomy("violations").term("unlicenced"), "是不是“unlicensed”"),
        (lambda c: c.addressee("140525", "fatal"), "fatality"),
        (lambda c: c.letter_number("fax", 2022, 1), "transfer"),
        (lambda c: c.channel("radio"), "broadcast"),
        (lambda c: c.commitment("village"), "station"),
        (lambda c: c.actions_for("laziness"), "fraud"),
        (lambda c: c.county_of_station("140525"), "140525-bagong"),
    ],
)
def test_an_unknown_code_is_told_with_the_known_ones(
    jincheng: Campaign, ask: Callable[[Campaign], object], said: str
) -> None:
    with pytest.raises(UnknownCode) as caught:
        ask(jincheng)
    assert said in str(caught.value)


def test_no_two_people_share_a_telephone_and_none_is_a_real_one(jincheng: Campaign, lanjiang: Campaign) -> None:
    for campaign in (jincheng, lanjiang):
        phones = [person.phone for person in campaign.people]
        assert len(set(phones)) == len(phones)
        assert all(re.fullmatch(r"13\d0000\d{4}", phone) for phone in phones)


def test_no_two_people_share_an_address_and_none_is_a_real_one(jincheng: Campaign, lanjiang: Campaign) -> None:
    for campaign in (jincheng, lanjiang):
        addresses = [person.email for person in campaign.people if person.email]
        assert addresses
        assert len(set(addresses)) == len(addresses)
        assert all(address.endswith(".example") for address in addresses), "a top-level domain of RFC 2606"


def test_names_and_codes_are_ready_in_both_languages(jincheng: Campaign) -> None:
    assert jincheng.name("en").startswith("Hundred-Day")
    assert jincheng.short_name() == "“百日攻坚”集中行动"
    assert jincheng.taxonomy("loop_steps").term("found").name("en") == "Found"


# --- the clock -------------------------------------------------------------------------------------------------------


def test_the_systems_clock_tells_the_time_of_the_campaigns_zone() -> None:
    assert SystemClock(ZoneInfo("Asia/Urumqi")).now().utcoffset() == timedelta(hours=6)
