"""The server: all providers on one loopback port, each under the name of its true host.

A request for ``https://HOST/PATH?QUERY`` is answered at ``http://127.0.0.1:PORT/HOST/PATH?QUERY``. What steers the
simulator is under ``/_control/``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from completist.simulator.answers import Answer, Request, Sending

HOST = "127.0.0.1"
HUGE = 300 * 1024 * 1024  #: bytes of the largest answer
_PIECE = 64 * 1024
_SLICES = 20  #: pieces that a slow answer comes in
_LARGEST = 16 * 1024 * 1024  #: bytes that a request may have


class Serving(Protocol):
    """What a server hands its requests to."""

    ended: threading.Event

    def serve(self, request: Request) -> Answer:
        """The reply to one request; its host is the first part of the path that was asked for."""
        ...


class Server(ThreadingHTTPServer):
    """One thread for each connection."""

    daemon_threads = True
    block_on_close = False  # a connection that hangs must not keep the simulator from ending
    request_queue_size = 128

    def __init__(self, port: int, serving: Serving) -> None:
        super().__init__((HOST, port), _Handler)
        self.serving = serving

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the signature is socketserver's
        """Keep the terminal quiet about callers who hang up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: the caller would wait 40 ms for the second one
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """Keep the terminal quiet: `Calls` knows everything."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > _LARGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        content = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.serving.serve(read_request(self.command, self.path, headers, content)))

    def _send(self, reply: Answer) -> None:
        if reply.sending in (Sending.NEVER, Sending.CLOSED):
            if reply.sending is Sending.NEVER:
                self.server.serving.ended.wait()
            self.close_connection = True
            return
        length = HUGE if reply.sending is Sending.ENDLESS else len(reply.body)
        sent = {"Content-Type": reply.kind, "Content-Length": str(length), **reply.headers}
        self.send_response(reply.status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for piece in self._pieces(reply):
            self.wfile.write(piece)
        if reply.sending in (Sending.CUT, Sending.ENDLESS):
            self.close_connection = True

    def _pieces(self, reply: Answer) -> Iterable[bytes]:
        if reply.sending is Sending.SLOWLY:
            yield from self._slowly(reply)
        elif reply.sending is Sending.CUT:
            yield reply.body[: len(reply.body) // 2]
        else:
            yield reply.body
        if reply.sending is Sending.ENDLESS:
            for _ in range((HUGE - len(reply.body)) // _PIECE):
                yield b"x" * _PIECE

    def _slowly(self, reply: Answer) -> Iterable[bytes]:
        size = max(1, -(-len(reply.body) // _SLICES))
        for start in range(0, len(reply.body), size):
            self.wfile.flush()
            if self.server.serving.ended.wait(reply.seconds / _SLICES):
                return
            yield reply.body[start : start + size]


def read_request(method: str, target: str, headers: dict[str, str], content: bytes) -> Request:
    """A request as its provider sees it: without the host that its path begins with."""
    split = urlsplit(target)
    host, _, path = split.path.removeprefix("/").partition("/")
    params = dict(parse_qsl(split.query, keep_blank_values=True))
    return Request(method, host, f"/{unquote(path)}", params, headers, content)
