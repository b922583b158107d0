"""What commands are tried on where no server runs: the keys of an installation; and how they are interrupted."""

import os
import signal
from pathlib import Path

from deploy.local.backups import KEYS


def make_keys(secrets: Path) -> None:
    """Each 32 bytes, in the folder of its service."""
    for name in KEYS:
        (secrets / name).parent.mkdir(parents=True, exist_ok=True)
        (secrets / name).write_bytes(b"k" * 32)


def interrupt(number: signal.Signals) -> None:
    """Send this process a signal, which ends it where nobody has taken care."""
    assert signal.getsignal(number) != signal.SIG_DFL
    os.kill(os.getpid(), number)
