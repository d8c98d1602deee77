"""Pictures: what pages show of the covers of items. No file is read for it."""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.pictures import Picture
from completist.web.access import Visit


def thumbs(visit: Visit, ids: Sequence[int]) -> dict[int, Picture]:
    """The picture of each of these items of which there is a copy."""
    shown = visit.app.covers.shown(list(dict.fromkeys(ids)))
    return {item_id: each.picture for item_id, each in shown.items() if each.picture is not None}
