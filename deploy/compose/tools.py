"""`docker compose run --rm tools COMMAND …`: the operators' commands of ./bihuan, told of the containers.

Names, options, output and exit codes are those of ./bihuan; only --data is not there, since there is one installation.
A command is imported only when it is called.
"""

import importlib
import sys

from deploy.compose.installation import Composed

COMMANDS = ("token", "tokens", "accounts", "deadletters", "reconcile")
"""Modules of deploy.cli whose `main` takes the installation after its arguments."""


def main(arguments: list[str]) -> int:
    """The exit code of the command; 2 where there is no such command."""
    name, *rest = arguments or [""]
    if name not in COMMANDS:
        print(f"用法 / usage: {Composed.typed} {'|'.join(COMMANDS)} …", file=sys.stderr)
        return 0 if name in ("-h", "--help") else 2
    return int(importlib.import_module(f"deploy.cli.{name}").main(rest, Composed()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
