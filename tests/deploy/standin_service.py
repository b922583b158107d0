"""A service that does nothing: what the supervisor's tests run in place of the four real ones.

GET /health, /ready → 200 · GET /env → its BIHUAN_* environment · POST /freeze → from then on it answers nobody ·
GET /stream → one server-sent event at once, the next never · anything else → the path and headers that it saw.
"""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

frozen = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if frozen.is_set():
            threading.Event().wait()
        if self.path in ("/health", "/ready"):
            self.answer({"service": os.environ["BIHUAN_SERVICE"], "path": self.path})
        elif self.path.endswith("/env"):
            self.answer({name: value for name, value in os.environ.items() if name.startswith("BIHUAN_")})
        elif self.path.endswith("/stream"):
            self.stream()
        else:
            seen = {name.lower(): value for name, value in self.headers.items()}
            self.answer({"service": os.environ["BIHUAN_SERVICE"], "path": self.path, "headers": seen})

    def do_POST(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path.endswith("/freeze"):
            frozen.set()
        self.answer({"received": length})

    def answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.wfile.flush()
        threading.Event().wait()

    def log_message(self, *_: object) -> None:
        """Silent."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer((os.environ["BIHUAN_HTTP_HOST"], int(os.environ["BIHUAN_HTTP_PORT"])), Handler).serve_forever()
    sys.exit(0)
