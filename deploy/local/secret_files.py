"""Writes a secret once, so that it is never lost and never changed by a later start.

A file appears under its name only when its bytes are on the disk: a key-encryption key that vanished at a power cut
would take every sealed identity with it.
"""

import os
import secrets
from pathlib import Path


def make_once(path: Path, content: bytes) -> bytes:
    """Write `content` to `path` (0600, its folder 0700) unless it exists; return what the file holds."""
    if path.exists():
        return path.read_bytes()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return content


def password(path: Path) -> str:
    """The password in `path`, made (192 random bits) if there is none."""
    return make_once(path, secrets.token_urlsafe(24).encode()).decode()
