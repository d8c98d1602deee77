"""Importing and exporting: lists that come in through the browser, the odd rows of each, and the ways out."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from completist.app.intake import LARGEST
from completist.domain.errors import BadInput, NotFound
from completist.store.imports import ImportRecord
from completist.web.access import Visit
from completist.web.pages import frame
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, where
from completist.web.pages.telling import go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Rows that are named for each oddity.
NAMED = 12


@router.get("/imports")
def imports(request: Request, visit: Reader) -> Response:
    """What came in, and what goes out."""
    return frame.show(request, visit, look, where(request))


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    app = visit.app
    doings = app.intake.of(app.library_id)
    told = {
        "title": "Import and export",
        "doings": doings,
        "busy": any(each.state in ("waiting", "running") for each in doings),
        "records": [_record(each) for each in app.browsing.imports()],
        "formats": app.import_formats(),
        "ways_out": ways_out(visit),
        "kind": at.one("kind") if at.one("kind") in app.kinds() else "",
        "standings": app.browsing.standings(),
        "new": bool(at.one("new")),
    }
    return Sight("imports.html", told, ("live_doings", "live_counted", "live_records"))


def _record(record: ImportRecord) -> dict[str, Any]:
    report = record.report
    left = Counter(reason for _, reason in report.get("skipped", []))
    odd = Counter(f"{name}: {reason}" for _, name, reason in report.get("warnings", []))
    rows: dict[str, list[int]] = {}
    for row, reason in report.get("skipped", []):
        rows.setdefault(reason, []).append(row)
    for row, name, reason in report.get("warnings", []):
        rows.setdefault(f"{name}: {reason}", []).append(row)
    groups = [("left", reason, count, rows[reason][:NAMED]) for reason, count in left.most_common()]
    groups += [("odd", reason, count, rows[reason][:NAMED]) for reason, count in odd.most_common()]
    return {
        "record": record,
        "report": report,
        "left": sum(left.values()),
        "odd": sum(odd.values()),
        "groups": groups,
    }


def ways_out(visit: Visit) -> list[tuple[str, str]]:
    """The formats of exports with what they are for."""
    told = {
        "jsonl": mark("Everything, with who said what (JSON Lines)"),
        "csv": mark("A table (CSV)"),
        "goodreads-csv": mark("For Goodreads (CSV)"),
    }
    return [(form, told.get(form, form.replace("-", " "))) for form in visit.app.export_formats()]


# --- in and out -------------------------------------------------------------------------------------------------


@router.post("/imports/file")
async def bring(
    request: Request,
    visit: Actor,
    name: Annotated[str, Query(max_length=300)],
    form: Annotated[str, Query(max_length=60, alias="format")] = "",
    dry: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Take a file, and begin to import it, or to tell what would come of that."""
    intake = visit.app.intake
    path = await run_in_threadpool(intake.room, name)
    size = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                break
            file.write(chunk)
    if not 0 < size <= LARGEST:
        path.unlink()
        path.parent.rmdir()
        told = "is empty." if not size else "is larger than a gigabyte: import it on the command line."
        return JSONResponse({"message": f"{path.name} {told}"}, 422)
    intake.begin(visit.app, path, form or None, dry_run=dry == "yes")
    return JSONResponse({"to": "/imports" if dry == "yes" else "/imports?new=1"}, 201)


@router.post("/imports/{import_id}/undo")
def undo(visit: Actor, import_id: int) -> Response:
    """Take an import back."""
    undone = visit.app.undo(import_=import_id)
    visit.app.browsing.forget_counts()
    told = tell(
        "Import %(id)s is taken back. Items removed: %(removed)s. Changed since, and left alone: %(kept)s.",
        id=import_id,
        removed=undone.removed,
        kept=undone.kept,
    )
    return go("/imports", told)


@router.get("/export")
def export(
    visit: Reader,
    form: Annotated[str, Query(max_length=60, alias="format")],
    kind: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The library as a file."""
    app = visit.app
    if form not in app.export_formats():
        raise NotFound(f"There is no format {form!r}.")
    if kind and kind not in app.kinds():
        raise BadInput(f"There is no collection {kind!r}.")
    ending = "jsonl" if form == "jsonl" else "csv"
    headers = {
        "Content-Disposition": f'attachment; filename="completist-{kind or "library"}-{form}.{ending}"'
    }
    lines = (f"{line}\n" if not line.endswith("\n") else line for line in app.export(form, kind or None))
    return StreamingResponse(lines, media_type="text/plain; charset=utf-8", headers=headers)
