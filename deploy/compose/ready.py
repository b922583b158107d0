"""The health check of a service's container: exit 0 if it says that it is ready; its answer goes to the check's log.

A stand-alone script that imports little, because it is started every few seconds in each container.
"""

import os
import socket
import sys

TIMEOUT_SECONDS = 4.0


def ask(port: int) -> bytes:
    """The whole answer to GET /ready at `port` of this machine."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = bytearray()
        while received := connection.recv(4096):
            answer += received
        return bytes(answer)


def main() -> int:
    try:
        status, _, rest = ask(int(os.environ["BIHUAN_HTTP_PORT"])).partition(b"\r\n")
    except OSError as error:
        print(error)
        return 1
    print(rest.partition(b"\r\n\r\n")[2].decode(errors="replace"))
    return 0 if status.split()[1:2] == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main())
