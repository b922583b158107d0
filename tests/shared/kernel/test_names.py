"""What pages call units, people and codes."""

from __future__ import annotations

from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel import names
from shared.kernel.campaign import load
from shared.platform.event_store.envelope import Actor

CAMPAIGN = load(DEFAULT_CAMPAIGN)
ZEZHOU = "140525"


def test_a_county_acts_as_its_bureau_and_stands_in_a_table_under_its_own_name() -> None:
    county = CAMPAIGN.county(ZEZHOU)
    assert names.unit_name(CAMPAIGN, ZEZHOU) == county.bureau != county.zh
    assert names.unit_name(CAMPAIGN, ZEZHOU, "en") == county.bureau_en
    assert names.place_name(CAMPAIGN, ZEZHOU, "en") == county.en
    assert names.unit_name(CAMPAIGN, "g1") == names.place_name(CAMPAIGN, "g1") == CAMPAIGN.group("g1").zh


def test_the_whole_city_in_a_table_is_named_by_the_page() -> None:
    assert names.place_name(CAMPAIGN, "city") == ""


def test_who_is_not_of_this_campaign_is_shown_as_recorded() -> None:
    assert names.unit_name(CAMPAIGN, "999999") == names.place_name(CAMPAIGN, "999999") == "999999"
    assert names.person_name(CAMPAIGN, "p-0") == names.person_with_unit(CAMPAIGN, "p-0") == "p-0"


def test_who_acted_is_a_person_a_program_or_a_rule() -> None:
    officer = CAMPAIGN.people_with("county", ZEZHOU)[0]
    bureau = CAMPAIGN.county(ZEZHOU).bureau
    assert names.person_name(CAMPAIGN, officer.id) == officer.name
    assert names.actor_name(CAMPAIGN, Actor(officer.id, "county", ZEZHOU)) == f"{bureau} {officer.name}"
    assert names.actor_name(CAMPAIGN, Actor("api-1", "county", ZEZHOU)) == f"{bureau} 县级局承办人（接口）"
    assert names.actor_name(CAMPAIGN, Actor("api-1", "office", "city")) == "办公室工作人员（接口）"
    assert names.actor_name(CAMPAIGN, Actor("clock", "system", "city")) == "系统"
