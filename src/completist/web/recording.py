"""Recording: a line in the log for each request, the headers of each answer, and an end for any error."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from time import perf_counter

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from completist.observability.logs import where
from completist.web.failures import respond

_log = structlog.get_logger("completist.web")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Recorder:
    """Stands around everything else."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        begun = perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log its place
            _log.error("request_failed", request=request_id, error=type(error).__name__, where=where(error))
            if not status:
                message = f"Something went wrong inside Completist; look for request {request_id} in the log."
                await respond(500, "unexpected", message)(scope, receive, answer)
        finally:
            _log.info(
                "request",
                request=request_id,
                method=scope["method"],
                route=_template(scope),
                status=status,
                ms=round((perf_counter() - begun) * 1000, 1),
                who=scope.get("state", {}).get("who", "-"),
            )


def _template(scope: Scope) -> str:
    """The route as it is declared: paths and queries hold ids, and some hold tokens."""
    return getattr(scope.get("route"), "path", "-")
