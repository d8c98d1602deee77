"""Limits: how large a request may be. What is larger is refused before it has been read."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from completist.web.failures import respond

#: Bytes: of what workers hand in, of a picture, and of everything else.
RESULTS, PICTURE, USUAL = 10 * 1024**2, 10 * 1024**2, 1024**2

#: Where files are handed in: read as they come, and counted there.
STREAMED = "/imports/file"

_OF_RESULTS = ("/api/v1/claims", "/api/missing/")


def limit_of(path: str) -> int:
    """The most bytes that the body of a request to a path may have."""
    if path.endswith("/cover"):
        return PICTURE
    return RESULTS if path.startswith(_OF_RESULTS) else USUAL


class _TooLarge(Exception):
    """The body goes on beyond the limit."""


@dataclass(frozen=True)
class BodyLimit:
    """Lets requests through up to their limit: what is announced larger is not read at all, a stream up to there."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            await self.app(
                scope, receive, send
            )  # it has no body: https://www.rfc-editor.org/rfc/rfc9112#section-6.3
            return
        if scope["path"] == STREAMED:
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        announced = headers.get(b"content-length", b"0")
        try:
            if announced.isdigit() and int(announced) > limit:
                raise _TooLarge  # noqa: TRY301 - the same answer, whichever way it was found out
            body = await _read(receive, limit)
        except _TooLarge:
            message = f"The body is larger than {limit:,} bytes."
            refusal = respond(
                413, "too_large", message, "Send less at once.", headers={"Connection": "close"}
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)


async def _read(receive: Receive, limit: int) -> list[Message]:
    """The messages of a body, or that the caller has gone."""
    size = 0
    messages: list[Message] = []
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > limit:
            raise _TooLarge
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    left = iter(messages)

    async def replay() -> Message:
        return next(left, None) or await receive()

    return replay
