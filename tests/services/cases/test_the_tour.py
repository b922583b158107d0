"""The tour of a played campaign: eight stops through four roles, each with an account that there is."""

from __future__ import annotations

from uuid import UUID

from services.cases.web.tour import stops_of, through_sign_in
from tests.services.cases.desk import CAMPAIGN, ZEZHOU

CASE = UUID(int=7)


def test_eight_stops_lead_through_four_roles_and_say_which_account_each_needs() -> None:
    stops = stops_of(CAMPAIGN, CASE, "tip", ZEZHOU, "2022-01", "g3")
    roles = {stop.account.partition("-")[0] for stop in stops if stop.account}
    assert (len(stops), roles) == (8, {"office", "director", "principal", "group"})
    people = {f"{role}-{person.id.removeprefix('p-')}" for person in CAMPAIGN.people for role in person.roles}
    assert {stop.account for stop in stops if stop.account} <= people


def test_a_stop_is_entered_through_the_sign_in_page_with_its_account_filled_in() -> None:
    letter = next(stop for stop in stops_of(CAMPAIGN, CASE, "tip", ZEZHOU, None, None) if "#letter" in stop.href)
    assert through_sign_in(letter).startswith("/sign-in?next=%2Fcases%2F")
    assert f"as={letter.account}" in through_sign_in(letter)
