"""./bihuan down: stops the installation over a data directory and waits until it has stopped."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from deploy.local import state
from deploy.local.layout import Layout, Lock

WAIT_SECONDS = 90.0  # the slowest orderly stop: services 10 s, NATS 15 s, PostgreSQL 30 s


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bihuan down", description="停止 / stop a running installation")
    parser.add_argument("--data", type=Path, default=Path(".bihuan"), metavar="DIR", help="数据目录 / data directory")
    options = parser.parse_args(argv)
    lock = Lock(Layout.of(options.data), state.LOCK)
    holder = lock.holder()
    if holder is None:
        print(f"{options.data} 没有在运行 / nothing runs over {options.data}")
        return 0
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + WAIT_SECONDS
    while lock.holder() == holder:
        if time.monotonic() > deadline:
            print(
                f"{WAIT_SECONDS:.0f} 秒后仍未停止 / process {holder} has not stopped. Nothing is lost by ending it: "
                f"kill -9 {holder}",
                file=sys.stderr,
            )
            return 1
        time.sleep(0.05)
    print(f"已停止 / stopped: {options.data}")
    return 0
