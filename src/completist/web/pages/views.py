"""Views: which page is made by what, for whoever comes by its address and for those who watch it."""

from __future__ import annotations

import re

from completist.web.pages import (
    asking,
    cards,
    catalogue,
    commits,
    covering,
    finding,
    freshness,
    health,
    home,
    importing,
    item,
    jobs,
    library,
    review,
    settings,
)
from completist.web.pages.frame import Look

_VIEWS: tuple[tuple[re.Pattern[str], Look], ...] = (
    (re.compile(r"^/$"), home.look),
    (re.compile(r"^/library$"), library.look),
    (re.compile(r"^/items/(\d{1,15})$"), item.look),
    (re.compile(r"^/items/(\d{1,15})/covers$"), covering.look),
    (re.compile(r"^/search$"), finding.around),
    (re.compile(r"^/catalogue$"), catalogue.around),
    (re.compile(r"^/commits$"), commits.look),
    (re.compile(r"^/cards$"), cards.look),
    (re.compile(r"^/cards/(\d{1,15})$"), cards.look),
    (re.compile(r"^/review$"), review.look),
    (re.compile(r"^/review/(\d{1,15})$"), review.look),
    (re.compile(r"^/jobs/new$"), asking.around),
    (re.compile(r"^/jobs$"), jobs.look),
    (re.compile(r"^/jobs/pipelines$"), freshness.look),
    (re.compile(r"^/jobs/(\d{1,15})$"), jobs.look),
    (re.compile(r"^/settings$"), settings.look),
    (re.compile(r"^/settings/health$"), health.look),
    (re.compile(r"^/imports$"), importing.look),
)


def find(path: str) -> tuple[Look, tuple[int, ...]] | None:
    """What makes the page at a path, with the ids in it; None where there is no page."""
    for pattern, look in _VIEWS:
        if (found := pattern.match(path)) is not None:
            return look, tuple(map(int, found.groups()))
    return None
