"""The errors of the campaign definition: each says what was found, what is allowed and what to do next.

Messages are Chinese first, because an operator at a county's desk reads them; codes stay as written in the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


def hint(found: str, allowed: Iterable[str]) -> str:
    """The tail of a message: the allowed values and, when one is near, a guess at what was meant."""
    options = list(allowed)
    listed = "、".join(options) if options else "（没有任何可用值）"
    near = get_close_matches(found, options, n=1, cutoff=0.6)
    return f"可用：{listed}" + (f"。是不是“{near[0]}”？" if near else "")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a campaign file: where it is (line is 1-based, path like `groups[0].units[1]`) and what."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}：{self.message}"


class CampaignError(Exception):
    """A campaign file that cannot be used; `faults` holds everything that was found, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.path)))
        super().__init__("\n".join(["集中行动定义文件有误，请逐条改正后重试：", *map(str, self.faults)]))


class UnknownCode(LookupError):
    """A code that the campaign does not define. `kind` names the list that was asked, `allowed` what it holds."""

    def __init__(self, kind: str, code: str, allowed: Iterable[str]) -> None:
        super().__init__(kind, code)
        self.kind, self.code, self.allowed = kind, code, tuple(allowed)

    def __str__(self) -> str:  # put together only where somebody reads it: who merely asks for a code need not wait
        return f"{self.kind}里没有“{self.code}”。{hint(self.code, self.allowed)}"


class NaiveInstant(ValueError):
    """An instant without an offset where one is needed; a due date must never depend on a machine's zone."""

    def __init__(self, instant: object) -> None:
        super().__init__(f"时刻 {instant} 没有时区；请写成 2022-01-21T17:31:00+08:00 的形式")
