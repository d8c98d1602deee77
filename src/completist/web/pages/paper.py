"""Paper: the frame of every page. Plain HTML, one stylesheet, nothing from anywhere else."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from fastapi.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Completist</title>
<link rel="stylesheet" href="/static/plain.css">
</head>
<body>
<main>
<p class="brand">Completist</p>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page. ``title`` is text, ``body`` is HTML in which everything foreign has been escaped."""
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status)


def stylesheet() -> str:
    """What the pages look like."""
    return files("completist.web").joinpath("static", "plain.css").read_text("utf-8")
