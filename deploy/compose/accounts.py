"""Prints the accounts that migrations made, one a line: name, first password, person, post."""

import sys

from deploy.compose.volumes import LAYOUT
from deploy.local.credentials import accounts_file


def main() -> int:
    """Exit 1 before the first `up`."""
    try:
        sys.stdout.write(accounts_file(LAYOUT).read_text("utf-8"))
    except FileNotFoundError:
        print("还没有账号，请先启动 / no accounts yet. First: docker compose up -d --wait", file=sys.stderr)
        return 1
    return 0
