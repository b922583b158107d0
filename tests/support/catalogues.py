"""The English catalogues of the tree: whose they are, and what they hold."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po

from shared.kernel.composition import catalogues

SERVICES = Path(__file__).parents[2] / "services"
ALL = catalogues(*sorted(path.parents[1] for path in SERVICES.glob("*/locale/en.po")))


def of(service: str) -> list[Path]:
    """What a process of this service speaks with."""
    return catalogues(SERVICES / service)


def messages(path: Path) -> dict[tuple[str | None, str], str | tuple[str, ...] | list[str] | None]:
    """(context, msgid) → English of one catalogue."""
    with path.open("rb") as source:
        found = [message for message in read_po(source, locale="en") if message.id]
    return {(message.context, _first(message.id)): message.string for message in found}


def english(paths: list[Path]) -> set[str]:
    """The msgids without a context that these catalogues translate."""
    return {msgid for path in paths for (context, msgid), said in messages(path).items() if said and context is None}


def _first(msgid: str | tuple[str, ...] | list[str]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]
