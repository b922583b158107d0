"""Chooses TCP ports on 127.0.0.1 that stay usable while a child is away.

A port from the kernel's ephemeral range may become the source port of somebody's outgoing connection in the moment in
which its server restarts, and the restart then fails; so ours are drawn from below that range. Between the draw and
the server's own bind another process may take the port: the odds are small, and the supervisor's restart makes it
visible in the log.
"""

import secrets
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST = 10240
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class NoFreePort(Exception):
    """No port could be had: something holds thousands of them."""


def ephemeral_start() -> int:
    """The first port that the kernel gives to outgoing connections."""
    return int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32768


def bind_error(port: int, host: str = LOOPBACK) -> OSError | None:
    """Why a server could not listen on `port` now, or None if it could."""
    with socket.socket() as probe:
        # a server sets this too; without it a port whose last connections are in TIME_WAIT looks taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    highest = ephemeral_start() - 1
    if highest < LOWEST + 1000:
        highest = 65535
    for _ in range(200):
        port = LOWEST + secrets.randbelow(highest - LOWEST + 1)
        if bind_error(port) is None:
            return port
    raise NoFreePort(
        f"None of 200 ports tried between {LOWEST} and {highest} is free. End what holds them and try again."
    )
