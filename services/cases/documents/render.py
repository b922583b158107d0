"""Decides how a letter is rendered without endangering the service that asks for it.

Each letter is typeset by a child process of its own (`python -m services.cases.documents`) that lives a fraction of a
second: the fonts' memory goes back to the machine, and a crash, an endless loop or a damaged font of the operator costs
one letter. The child is given no secrets: its environment holds only where the fonts are and how Python finds modules.

Limits: `TIMEOUT_SECONDS` of wall clock, as much processor time, `MEMORY_BYTES` of address space; at most `AT_ONCE`
children per event loop. Equal facts and fonts give equal bytes, whoever renders them.
"""

import asyncio
import dataclasses
import json
import os
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

from services.cases.documents.letter import LetterFacts, letter_text, with_placeholders

TIMEOUT_SECONDS = 20
MEMORY_BYTES = 512 << 20
AT_ONCE = 2

_ROOT = Path(__file__).parents[3]
_COMMAND = (sys.executable, "-m", "services.cases.documents")
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class RenderError(RuntimeError):
    """The letter could not be made; the message says why and what to do."""


class MissingGlyphError(RenderError):
    """The fonts at hand lack `characters`, so the sheet would show boxes instead of them."""

    def __init__(self, characters: str) -> None:
        codes = "、".join(f"{character}（U+{ord(character):04X}）" for character in characters)
        super().__init__(
            f"字体中没有这些字：{codes}。请改用通行写法，或把含有这些字的字体放入 BIHUAN_FONTS 目录后重试。"
        )
        self.characters = characters


class RenderTimeoutError(RenderError):
    """The child did not finish in time and was ended."""

    def __init__(self) -> None:
        super().__init__(
            f"文书制作超过{TIMEOUT_SECONDS}秒，已中止。请缩短事由或附件名称后重试；仍不成功请检查机器负载。"
        )


async def render_letter(facts: LetterFacts) -> bytes:
    """The letter as PDF (A4, PDF/A-2a, tagged), within some tenths of a second. Cancelling it ends the child.

    Raises `MissingGlyphError`, `RenderTimeoutError`, or `RenderError` for everything else.
    """
    slot = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    async with slot:
        child = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=_ROOT,
            env=_environment(),
        )
        try:
            out, err = await asyncio.wait_for(child.communicate(_job(facts)), TIMEOUT_SECONDS)
            code = await child.wait()
        except TimeoutError as error:
            raise RenderTimeoutError from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    return _result(code, out, err)


async def render_stored_letter(facts: LetterFacts) -> bytes:
    """As `render_letter`, of a letter that has its number: for what the faces lack stands a placeholder, and a note."""
    try:
        return await render_letter(facts)
    except MissingGlyphError as error:
        return await render_letter(with_placeholders(facts, error.characters))


def _job(facts: LetterFacts) -> bytes:
    day = facts.issued_on
    letter = dataclasses.asdict(letter_text(facts)) | {"date": {"year": day.year, "month": day.month, "day": day.day}}
    limits = {"memory_bytes": MEMORY_BYTES, "cpu_seconds": TIMEOUT_SECONDS}
    return json.dumps({"letter": letter} | limits).encode()


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in ("BIHUAN_FONTS", "PYTHONPATH") if name in os.environ}
    # One thread: a letter has nothing to share out, and each thread would reserve address space.
    return passed_on | {"RAYON_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


def _result(code: int, out: bytes, err: bytes) -> bytes:
    if code == 0:
        return out
    report = err.decode(errors="replace").strip()
    try:
        failure = json.loads(report.splitlines()[-1])
        kind, detail = failure["error"], failure["detail"]
    except (IndexError, ValueError, TypeError, KeyError):
        raise RenderError(
            f"文书制作进程异常结束（返回码 {code}）：{report[-500:] or '无输出'}。"
            "如为内存不足，请检查 BIHUAN_FONTS 目录中的字体；否则请将本信息交给管理员。"
        ) from None
    match kind:
        case "missing-glyphs":
            raise MissingGlyphError(detail)
        case "fonts-missing":
            raise RenderError(detail)
        case _:
            raise RenderError(f"版式文件或字体有问题，文书未能制作：{detail}。请将本信息交给管理员。")
