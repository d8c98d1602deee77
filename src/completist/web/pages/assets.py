"""Assets: the style, the scripts, fonts and icons, from this server alone and kept by browsers for good."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.domain.errors import NotFound

router = APIRouter(include_in_schema=False)

#: The parts of the style, in order.
STYLE = (
    "tokens",
    "base",
    "shell",
    "parts",
    "home",
    "library",
    "item",
    "review",
    "jobs",
    "settings",
    "covers",
    "cards",
    "finding",
)

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_NAMES = ("app.js", "desk.js", "mark.svg")

#: htmx begins once its own script has run: what extends it has to come in the same one, or may come too late.
HTMX = ("htmx.min", "hx-sse.min")
_FONTS = tuple(f"fonts/{name}.woff2" for name in ("inter", "serif", "mono"))

#: With the digest in its address, what lies there never changes; without it, it may with the next version.
_FOR_GOOD = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes | None  #: the same compressed, where that makes it smaller
    type: str
    digest: str


@cache
def asset(name: str) -> Asset:
    """One of the files that there are. Raises NotFound."""
    root = files("completist.web").joinpath("static")
    if name == "style.css":
        body = "\n".join(root.joinpath("style", f"{part}.css").read_text("utf-8") for part in STYLE).encode()
    elif name == "htmx.js":
        body = "\n".join(root.joinpath("vendor", f"{part}.js").read_text("utf-8") for part in HTMX).encode()
    elif name in (*_NAMES, *_FONTS):
        body = root.joinpath(*name.split("/")).read_bytes()
    else:
        raise NotFound("There is no such file.")
    kind = name.rpartition(".")[2]
    packed = None if kind == "woff2" else gzip.compress(body, 9)
    return Asset(body, packed, _TYPES[kind], blake2b(body, digest_size=6).hexdigest())


def url(name: str) -> str:
    """Where a file lies, with its digest."""
    return f"/static/{name}?v={asset(name).digest}"


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """A file."""
    found = asset(name)
    headers = {
        "Cache-Control": _FOR_GOOD if request.query_params.get("v") == found.digest else _FOR_NOW,
        "Vary": "Accept-Encoding",
    }
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.type)
    return Response(found.body, headers=headers, media_type=found.type)
