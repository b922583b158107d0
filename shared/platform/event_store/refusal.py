"""How a domain says no. Each refusal tells a person what to do next; none is a defect.

Domains subclass these; the edge turns them into problem documents. Sentences are Chinese first, as on the screen, and
are the msgids of the English ones.
"""

from __future__ import annotations


class Refusal(Exception):
    """A rule refuses the command. `rule` is the rule's name, `clause` where the notice or the law says it."""

    rule: str = "refused"
    clause: str | None = None

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(Refusal):
    """This role, unit or person may not do it at all."""

    rule = "not_allowed"


class Invalid(Refusal):
    """A field of the command has a value that cannot be: `field` names it, `allowed` lists what can."""

    rule = "invalid"

    def __init__(self, field: str, sentence: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.allowed = allowed


class NotNamed(Refusal):
    """The command signs what stands elsewhere than in its body, and does not say which state of it was seen."""

    rule = "what_is_signed_is_named"


class StaleVersion(Refusal):
    """The command was meant for another version of the aggregate; `version` is the present one."""

    rule = "stale_version"

    def __init__(self, version: int) -> None:
        super().__init__(f"记录现为第 {version} 版。请刷新后核对，再重新提交。")
        self.version = version
