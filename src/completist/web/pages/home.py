"""Home: what this server is, and what there is to do, in a few lines."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from completist.web.access import Visit, visitor
from completist.web.pages.paper import page, stylesheet

router = APIRouter(include_in_schema=False)

_LINKS = """<p><a href="/api/v1/status">Status as JSON</a> · <a href="/openapi.json">The API</a></p>"""
_TABLE = """<table>
<thead><tr><th scope="col">Pipeline</th><th scope="col" class="number">due</th>
<th scope="col" class="number">claimed</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""
_ROW = (
    '<tr><th scope="row">{name}</th><td class="number">{due:,}</td><td class="number">{claimed:,}</td></tr>'
)
_OUT = '<form method="post" action="/logout"><button class="quiet">Log out</button></form>'
_STRANGER = """<p>This server asks for a login or a key.</p>
<p class="hint">On its machine, <code>completist accounts login NAME</code> makes a link that logs in once.</p>"""


@router.get("/", response_class=HTMLResponse)
def home(request: Request) -> Response:
    """What there is to do, for whoever is logged in."""
    visit = visitor(request)
    if visit is None:
        return page("Log in", _STRANGER)
    return page("Your library", _told(visit))


@router.get("/static/plain.css")
async def style() -> Response:
    """What the pages look like."""
    return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _told(visit: Visit) -> str:
    views = visit.app.ledger.pipelines()
    rows = "\n".join(
        _ROW.format(
            name=escape(view.pipeline.name) + (" (paused)" if view.paused else ""),
            due=view.ready,
            claimed=view.claimed,
        )
        for view in views
    )
    out = "" if visit.caller.account_id is None else _OUT
    return f"{_TABLE.format(rows=rows)}\n{_LINKS}\n{out}"
