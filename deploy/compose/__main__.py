"""python -m deploy.compose COMMAND: what our containers beside the services run.

    setup       make what is missing of secrets and of the servers' configuration
    migrate     bring databases, roles, tables, streams and first accounts up to date
    accounts    print names and passwords of the first accounts
    demo        play the campaign, on simulated time; with --json the table for scripts
    keep        watch the streams, and declare again what is missing; it stays
    heal        watch the read tables, and build anew what shows what is forgotten; it stays
    nightly     back up every BIHUAN_BACKUP_EVERY; it stays
    doctor      say what is wrong and what to type; --json as ./bihuan doctor has it
    rebuild     build read tables anew and compare; its options are those of ./bihuan rebuild
    backup      back up while everything runs; --keep and --json as ./bihuan backup has them
    restore     fill empty volumes from the newest backup; --prove looks at what runs then

They share volumes below /bihuan, laid out like a data directory. A command is imported only when it is called.
"""

import importlib
import sys

COMMANDS = (
    "setup", "migrate", "accounts", "demo", "keep", "heal", "nightly", "doctor", "rebuild", "backup", "restore",
)  # fmt: skip
WITH_OPTIONS = ("doctor", "rebuild", "backup", "restore")
OPTIONS = {"demo": {"--json"}}


def main(arguments: list[str]) -> int:
    """Exit 0 done, 1 failed, 2 used wrongly."""
    command, *options = arguments or [""]
    if command not in COMMANDS or (command not in WITH_OPTIONS and not set(options) <= OPTIONS.get(command, set())):
        print(f"用法 / usage: python -m deploy.compose {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    return int(importlib.import_module(f"deploy.compose.{command}").main())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
