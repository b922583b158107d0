"""Passwords: Argon2id, and what a new one must be (OWASP ASVS 5, section 6.2).

Twelve characters at least, whatever they are: no rules of composition, no date at which it ends. Refused is what is
guessed first: what is widely used, what runs along an alphabet or a keyboard, few different characters, little more
than one's own name. Limits: the list is short, because the length already keeps most of a longer one out.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
FEWEST_DIFFERENT = 5
OF_ITS_OWN = 8
"""Characters that must be left of a password without its owner's names and what is widely used."""
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)  # KiB; OWASP Password Storage Cheat Sheet
_NOBODY = _HASHER.hash("nobody has this password")
_WORDS = (
    "password", "passw0rd", "p@ssw0rd", "administrator", "admin", "welcome", "letmein", "iloveyou", "changeme",
    "trustno1", "football", "baseball", "sunshine", "princess", "superman", "dragon", "monkey", "master", "default",
    "bihuan", "jincheng", "woaini", "5201314", "1314520", "147258369", "123321", "112233", "666666", "888888",
    "abc123", "123abc", "qwe123", "a123456",
)  # fmt: skip
_RUNS = (
    "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1234567890-=qwertyuiop[]",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
)  # fmt: skip
_RUN = 4
_TOO_SHORT = "新密码至少要 12 个字符。可以用几个不相干的词连成一句。"
_TOO_LONG = "新密码至多 200 个字符。"
_GUESSED = "这个密码太容易猜到：常见、连续、重复，或与本人账号相近。请换一个。"


class WeakPassword(ValueError):
    """The password is refused; the sentence (a msgid) says what to do."""


def check_strength(password: str, names: Iterable[str]) -> None:
    """Raise WeakPassword; `names` are the owner's: the account, the person."""
    if len(password) < SHORTEST:
        raise WeakPassword(_TOO_SHORT)
    if len(password) > LONGEST:
        raise WeakPassword(_TOO_LONG)
    plain = password.casefold()
    own = [part for name in names for part in (name.casefold(), *re.split(r"[^0-9a-z]+", name.casefold()))]
    left = plain
    for word in sorted({word for word in (*own, *_WORDS) if len(word) > 2}, key=len, reverse=True):
        left = left.replace(word, "")
    if len(set(plain)) < FEWEST_DIFFERENT or len(_without_runs(left)) < OF_ITS_OWN:
        raise WeakPassword(_GUESSED)


def _without_runs(text: str) -> str:
    """What is left without characters that follow one another in an alphabet, on a keyboard, or repeat."""
    runs = [run for one in _RUNS for run in (one, one[::-1])]
    kept, at = [], 0
    while at < len(text):
        end = at + 1
        while end < len(text) and (len({*text[at : end + 1]}) == 1 or any(text[at : end + 1] in run for run in runs)):
            end += 1
        kept.append(text[at] if end - at >= _RUN else text[at:end])
        at = end
    return "".join(kept)


def first_password() -> str:
    """One that nobody chose; its owner has to change it."""
    return secrets.token_urlsafe(12)


def hash_password(password: str) -> str:
    """Argon2id, as a PHC string that carries its parameters: a fifth of the work of the library's defaults, so that an
    installation with a hundred seats starts in seconds."""
    return _HASHER.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; None, of an account that does not exist, takes as long."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
