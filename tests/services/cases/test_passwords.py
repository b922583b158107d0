"""What a new password must be, and how the present one is kept."""

from __future__ import annotations

import pytest

from services.cases.access.passwords import WeakPassword, check_strength, first_password, hash_password, verify

NAMES = ("county-zezhou-1", "p-zezhou-1")


@pytest.mark.parametrize(
    "password",
    [
        "corecht batterij paard",
        "雨后的柿子树和一只旧邮筒",
        "x7!Kq-wobble-19",
        "zezhou meadow lantern",
        "aaaa bbbb wolf tin",
    ],
)
def test_a_password_of_twelve_characters_is_taken_whatever_they_are(password: str) -> None:
    check_strength(password, NAMES)


@pytest.mark.parametrize(
    "password",
    [
        "elf zeichen", "", "password1234", "Password12345!", "123456789012", "210987654321", "qwertyuiop12",
        "abcdefghijkl", "aaaaaaaaaaaa", "abababababab", "county-zezhou-1", "Zezhou-county-1!", "p-zezhou-1-2026",
        "bihuan-admin-1", "administrator1", "1qaz2wsx3edc", "5201314woaini", "x" * 201,
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password, NAMES)


def test_first_passwords_differ_and_would_be_taken() -> None:
    first, second = first_password(), first_password()
    assert first != second
    check_strength(first, NAMES)


def test_a_password_is_known_again_and_an_account_that_is_none_has_none() -> None:
    kept = hash_password("corecht batterij paard")
    assert kept.startswith("$argon2id$")
    assert verify(kept, "corecht batterij paard")
    assert not verify(kept, "corecht batterij paarD")
    assert not verify(None, "nobody has this password!")
    assert not verify("no hash", "corecht batterij paard")
