"""./bihuan down: stops the installation over a data directory and waits until it has stopped.

Exit: 0 it does not run; 1 it has not stopped; 2 two run, and none was named.
"""

import argparse
import os
import signal
import sys
import time

from deploy.cli.access import UsedWrongly, add_data_option, chosen
from deploy.local import state
from deploy.local.layout import Layout, Lock

WAIT_SECONDS = 90.0  # the slowest orderly stop: services 10 s, NATS 15 s, PostgreSQL 30 s


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bihuan down", description="停止 / stop a running installation")
    add_data_option(parser)
    try:
        data = chosen(parser.parse_args(argv).data)
    except UsedWrongly as error:
        print(error, file=sys.stderr)
        return 2
    lock = Lock(Layout.of(data), state.LOCK)
    holder = lock.holder()
    if holder is None:
        print(f"{data} 没有在运行 / nothing runs over {data}")
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
    print(f"已停止 / stopped: {data}")
    return 0
