"""The server: the providers' paths on one loopback port, and the paths that steer the simulator.

``POST /_faults`` switches faults (see `Faults.read`), ``GET /_calls`` tells what was asked.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from simulator.answers import Answer, Clock, Json, answer
from simulator.calls import Calls
from simulator.faults import Faults
from simulator.hardcover import PATH, TOKEN, Hardcover
from simulator.limits import FREE, Policy

HOST = "127.0.0.1"


class Simulator:
    """A context in which the providers answer at ``url``. The clock is the one that limits are counted by."""

    def __init__(
        self,
        faults: Faults | None = None,
        *,
        books: Sequence[Json] | None = None,
        policies: tuple[Policy, ...] = FREE,
        token: str = TOKEN,
        clock: Clock = time.time,
        port: int = 0,
    ) -> None:
        self._hardcover = Hardcover(clock, faults or Faults(), books=books, policies=policies, token=token)
        self._ended = threading.Event()
        self._server = _Server((HOST, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def hardcover(self) -> str:
        """The endpoint of the simulated Hardcover."""
        return self.url + PATH

    @property
    def calls(self) -> Calls:
        """What was asked."""
        return self._hardcover.calls

    def switch(self, faults: Faults) -> None:
        """Put other faults in the place of those that are on."""
        self._hardcover.faults = faults

    def serve(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Answer:
        """The reply to one request. May take as long as the faults say."""
        if (method, path) == ("GET", "/_calls"):
            return answer(200, self.calls.told())
        if (method, path) == ("POST", "/_faults"):
            return self._switched(content)
        if (method, path) != ("POST", PATH):
            return answer(404, {"error": "Not Found"})
        self._ended.wait(self._hardcover.faults.latency)
        return self._hardcover.answer(headers, content)

    def hang(self) -> None:
        """Return only when the simulator ends."""
        self._ended.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _switched(self, content: bytes) -> Answer:
        try:
            self.switch(Faults.read(json.loads(content)))
        except (ValueError, TypeError) as error:
            return answer(400, {"error": str(error)})
        return answer(200, {"faults": len(self._hardcover.faults.faults)})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a connection that hangs must not keep the simulator from ending

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        super().__init__(address, _Handler)
        self.simulator = simulator


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: the caller would wait 40 ms for the second one
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """Keep the terminal quiet: `Calls` knows everything."""

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.simulator.serve(self.command, self.path, headers, content)
        if reply.hang:
            self.server.simulator.hang()
            self.close_connection = True
            return
        sent = {"Content-Type": "application/json", "Content-Length": str(len(reply.body)), **reply.headers}
        self.send_response(reply.status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        # An answer shorter than it says ends with its connection.
        self.close_connection = self.close_connection or sent["Content-Length"] != str(len(reply.body))
