"""What counts as one place, and what is kept of it."""

from __future__ import annotations

import pytest

from services.cases.access.attempts import Attempts, network_of


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2"),
        ("2001:DB8:1:2::1", "2001:db8:0001:0002::5"),
    ],
)
def test_a_household_is_one_place(address: str, same: str) -> None:
    assert network_of(address) == network_of(same)


@pytest.mark.parametrize(
    ("one", "other"), [("192.0.2.7", "192.0.2.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("", "x")]
)
def test_neighbours_are_two_places(one: str, other: str) -> None:
    assert network_of(one) != network_of(other)


def test_what_is_stored_names_no_address_and_is_another_tomorrow() -> None:
    today, tomorrow = Attempts(b"p" * 32, lambda: 1_790_000_000.0), Attempts(b"p" * 32, lambda: 1_790_086_400.0)
    kept = [[values["bucket"] for values in one._buckets("director", "192.0.2.7")] for one in (today, tomorrow)]
    assert set(kept[0]).isdisjoint(kept[1])
    assert not any(b"192.0.2.7" in bucket for bucket in kept[0])
