"""Texts under the tip's own key, and receipt codes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.cipher import Keyring, SubjectKey, Unreadable, preferred
from services.intake.receipts import ReceiptCodes, grouped, normalised
from shared.platform.event_store.ids import new_id

KEK = bytes(range(32))
CODES = ReceiptCodes(b"p" * 32, b"l" * 32)
TIP = UUID("018f0000-0000-7000-8000-000000000001")


def key_of(tip: UUID = TIP) -> SubjectKey:
    return Keyring(KEK).new(tip)[0]


# --- the cipher ---


@given(st.text(max_size=200))
def test_a_text_that_was_sealed_opens_again(text: str) -> None:
    key = key_of()
    sealed = key.seal("text", text)
    assert key.open("text", sealed) == text
    assert sealed.aead_alg == preferred()


def test_the_same_text_is_never_the_same_ciphertext() -> None:
    key = key_of()
    assert key.seal("text", "漏气") != key.seal("text", "漏气")


def test_a_ciphertext_opens_for_its_own_tip_and_field_only() -> None:
    key, sealed = SubjectKey(TIP, b"k" * 32), SubjectKey(TIP, b"k" * 32).seal("text", "漏气")
    with pytest.raises(Unreadable):
        key.open("place", sealed)
    with pytest.raises(Unreadable):
        SubjectKey(new_id(), b"k" * 32).open("text", sealed)
    with pytest.raises(Unreadable):
        SubjectKey(TIP, b"K" * 32).open("text", sealed)


@given(st.integers(min_value=0))
def test_a_ciphertext_with_one_flipped_bit_does_not_open(place: int) -> None:
    key = key_of()
    sealed = key.seal("text", "充装超期未检气瓶")
    raw = bytearray(base64.b64decode(sealed.base64))
    raw[place // 8 % len(raw)] ^= 1 << place % 8
    with pytest.raises(Unreadable):
        key.open("text", replace(sealed, base64=base64.b64encode(raw).decode()))


def test_a_ciphertext_cut_short_or_of_an_unknown_algorithm_does_not_open() -> None:
    key = key_of()
    sealed = key.seal("text", "漏气")
    with pytest.raises(Unreadable):
        key.open("text", replace(sealed, base64=sealed.base64[:8]))
    with pytest.raises(Unreadable):
        key.open("text", replace(sealed, aead_alg="ROT13"))


def test_a_wrapped_key_opens_under_its_own_key_encryption_key_and_for_its_own_tip_only() -> None:
    key, wrapped = Keyring(KEK).new(TIP)
    assert Keyring(KEK).unwrap(TIP, wrapped).open("text", key.seal("text", "漏气")) == "漏气"
    with pytest.raises(Unreadable):
        Keyring(secrets.token_bytes(32)).unwrap(TIP, wrapped)
    with pytest.raises(Unreadable):
        Keyring(KEK).unwrap(new_id(), wrapped)


# --- receipt codes ---


@given(st.uuids())
def test_a_receipt_code_is_sixteen_digits_and_always_the_same_for_a_tip(tip: UUID) -> None:
    code = CODES.code(tip)
    assert len(code) == 16
    assert code.isascii()
    assert code.isdigit()
    assert ReceiptCodes(b"p" * 32, b"l" * 32).code(tip) == code


def test_codes_of_different_tips_and_installations_differ() -> None:
    tips = [new_id() for _ in range(2000)]
    assert len({CODES.code(tip) for tip in tips}) == len(tips)
    assert ReceiptCodes(b"q" * 32, b"l" * 32).code(TIP) != CODES.code(TIP)


def test_codes_use_every_digit_at_every_place() -> None:
    codes = [CODES.code(UUID(int=number)) for number in range(1000)]
    assert all({code[place] for code in codes} == set("0123456789") for place in range(16))


@pytest.mark.parametrize("written", ["{0} {1} {2} {3}", "{0}-{1}-{2}-{3}", " {0}{1}{2}{3}\n", "{0}　{1}　{2}　{3}"])
def test_a_code_is_recognised_however_it_was_copied(written: str) -> None:
    code = CODES.code(TIP)
    copied = written.format(*(code[start : start + 4] for start in range(0, 16, 4)))
    assert CODES.lookup(copied) == CODES.lookup_of(TIP)
    assert CODES.lookup(code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == CODES.lookup_of(TIP)


def test_what_the_database_holds_of_a_code_depends_on_the_second_pepper() -> None:
    assert ReceiptCodes(b"p" * 32, b"m" * 32).lookup_of(TIP) != CODES.lookup_of(TIP)


@given(st.uuids())
def test_a_grouped_code_is_the_code_again_without_its_spaces(tip: UUID) -> None:
    code = CODES.code(tip)
    assert grouped(code).count(" ") == 3
    assert normalised(grouped(code)) == code
