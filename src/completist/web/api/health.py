"""Health: whether the process lives, and whether it can work. Anybody may ask."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from completist.observability.metrics import CONTENT_TYPE, exposition
from completist.web.access import AsAdmin, Gate
from completist.web.api.shapes import failing

router = APIRouter(tags=["health"])

_PLAIN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text."}
}
_SHAKY: dict[int | str, dict[str, Any]] = {
    status: told for status, told in failing().items() if status in (500, 503)
}


class Health(BaseModel):
    """All is well."""

    status: str


@router.get("/healthz", responses={500: _SHAKY[500]})
async def alive() -> Health:
    """The process answers. Whether it can work is asked at /readyz."""
    return Health(status="ok")


@router.get("/readyz", responses=_SHAKY)
def ready(request: Request) -> Health:
    """The database answers and its tables are up to date; else 503."""
    gate: Gate = request.app.state.gate
    gate.app.observing.ready()
    return Health(status="ready")


@router.get("/metrics", responses={**failing(), **_PLAIN}, response_class=Response)
def metrics(_visit: AsAdmin, request: Request) -> Response:
    """Figures for Prometheus, of all libraries together: counts by pipeline, no title and no key."""
    gate: Gate = request.app.state.gate
    return Response(
        exposition(gate.app.observing.figures(), request.app.state.uptime()), media_type=CONTENT_TYPE
    )
