"""How large a request may be: over real connections, since it is about what is not read."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from tests.support.sites import Site, error

from completist.web.limits import RESULTS, USUAL

#: In place of a status: the connection was closed on what was still being sent.
RESET = 0


def _said(url: str, head: list[str], body: bytes = b"", *, chunked: bool = False) -> tuple[int, bytes]:
    """What the server answers to a request that is sent as it stands, and that may never end."""
    split = urlsplit(url)
    with socket.create_connection((split.hostname, split.port or 80), timeout=20) as connection:
        lines = [*head, f"Host: {split.netloc}", "Content-Type: application/json", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        answer = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            for start in range(0, len(body) if chunked else 0, 65_536):
                part = body[start : start + 65_536]
                connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            while part := connection.recv(65_536):
                answer += part
    if not answer:
        return RESET, b""
    first, _, rest = answer.partition(b"\r\n")
    return int(first.split()[1]), rest.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(("path", "size"), [("/api/v1/jobs", USUAL + 1), ("/api/v1/claims", 50_000_000)])
def test_what_is_announced_too_large_is_not_read_at_all(lone: Site, path: str, size: int) -> None:
    with lone.serving() as url:
        status, body = _said(url, [f"POST {path} HTTP/1.1", f"Content-Length: {size}"])
    assert status == 413
    assert json.loads(body)["error"]["code"] == "too_large"


def test_a_stream_is_read_up_to_the_limit_and_no_further(lone: Site) -> None:
    body = b" " * (USUAL + 65_536)
    with lone.serving() as url:
        head = ["POST /api/v1/jobs HTTP/1.1", "Transfer-Encoding: chunked"]
        status, _ = _said(url, head, body, chunked=True)  # the stream is never ended
    assert status in (413, RESET)  # the system may throw the answer away with what was not read


def test_results_may_be_larger_than_everything_else(lone: Site) -> None:
    key = lone.account("anna")
    body = b'{"pipeline": "hardcover"' + b" " * (USUAL + 10) + b"}"
    client = lone.client(key, Content_Type="application/json")
    assert client.post("/api/v1/claims", content=body).status_code == 200
    refused = client.post("/api/v1/jobs", content=body)
    assert (refused.status_code, error(refused)["code"]) == (413, "too_large")
    assert client.post("/api/v1/claims", content=b" " * (RESULTS + 1)).status_code == 413
