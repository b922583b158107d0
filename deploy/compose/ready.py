"""The health check of a service's container: exit 0 if it says that it is ready; its answer goes to the check's log.

Docker starts nothing again that is only unhealthy. A service says within two seconds that it is not ready, whatever it
waits for; one that takes a connection and says nothing, five times in a row, hangs: it is killed, init ends with it,
and Docker starts the container again. One that takes no connection starts or has ended, and is left alone.

A stand-alone script that imports little, because it is started every few seconds in each container.
"""

import os
import signal
import socket
import sys
from pathlib import Path

TIMEOUT_SECONDS = 3.0  # the check itself has five
HOPELESS = 5
FAILURES = Path("/tmp/failures")  # noqa: S108 - of the container, gone when it is started again
INIT = 1


def ask(port: int) -> bytes:
    """The whole answer to GET /ready at `port` of this machine."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = bytearray()
        while received := connection.recv(4096):
            answer += received
        return bytes(answer)


def hangs(failures: Path) -> bool:
    """Whether this one more time without an answer is one too many."""
    with failures.open("a") as file:
        file.write(".")
        return file.tell() >= HOPELESS


def kill_service(parent: int) -> None:
    """Kill what runs a service below the process `parent`."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if b"\0services." in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)


def main(failures: Path = FAILURES, parent: int = INIT) -> int:
    try:
        status, _, rest = ask(int(os.environ["BIHUAN_HTTP_PORT"])).partition(b"\r\n")
    except TimeoutError as error:
        print(f"no answer: {error}")
        if hangs(failures):
            failures.unlink()
            kill_service(parent)
        return 1
    except OSError as error:
        print(error)
        return 1
    failures.unlink(missing_ok=True)
    print(rest.partition(b"\r\n\r\n")[2].decode(errors="replace"))
    return 0 if status.split()[1:2] == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main())
