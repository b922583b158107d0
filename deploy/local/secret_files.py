"""Writes a secret once, so that it is never lost and never changed by a later start.

A file appears under its name only when its bytes are on the disk: a key-encryption key that vanished at a power cut
would take every sealed identity with it. Of two who make the same secret at the same time one wins, and both get the
winner's.
"""

import os
import secrets
import tempfile
from pathlib import Path


def make_again(path: Path, content: bytes) -> None:
    """`content` in `path`, for what follows from another secret: what was there otherwise is of an earlier one."""
    if make_once(path, content) != content:
        path.unlink()
        make_once(path, content)


def make_once(path: Path, content: bytes) -> bytes:
    """Write `content` to `path` (0600, its folder 0700) unless it exists; return what the file holds."""
    if path.exists():
        return path.read_bytes()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_bytes()
    finally:
        os.unlink(draft)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return content


def password(path: Path) -> str:
    """The password in `path`, made (192 random bits) if there is none."""
    return make_once(path, secrets.token_urlsafe(24).encode()).decode()
