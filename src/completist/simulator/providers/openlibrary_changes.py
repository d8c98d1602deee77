"""Open Library's recent changes, newest first: made up of the world's own records, one every half hour.

Facts: ``since`` is no parameter, and ignored; a page has at most 1,000 entries, and none begins behind the 10,000th.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.world import ids
from completist.simulator.world.records import Edition
from completist.simulator.world.view import View

PATH = re.compile(
    r"/recentchanges(?:/(?P<year>\d{4})(?:/(?P<month>\d\d)(?:/(?P<day>\d\d))?)?)?(?:/(?P<kind>[a-z][a-z-]*))?\.json"
)
_LIMIT, _MOST, _LAST = 100, 1_000, 10_000
_APART = 1_800  #: seconds between two changes
_CHANGED = 2_000  #: editions that anything happened to
_FIRST_ID = 150_000_000
_KINDS = ("edit-book", "add-book", "edit-book", "add-cover", "edit-book", "merge-works", "merge-authors")
_BOTS = ("add-book",)


def changes(request: Request, view: View, began: float) -> Answer:
    """The changes of a time and of a kind; ``began``: seconds since the epoch, when the newest happened."""
    found = PATH.fullmatch(request.path)
    if found is None:
        return answer(404, {"error": "notfound"})
    limit = min(request.number("limit", _LIMIT), _MOST)
    offset = min(request.number("offset", 0), _LAST)
    fitting = [each for each in _all(view, began) if _fits(each, found, request)]
    return answer(200, fitting[offset : offset + limit])


def _fits(change: Json, asked: re.Match[str], request: Request) -> bool:
    day = "-".join(part for part in (asked["year"], asked["month"], asked["day"]) if part)
    is_bot = change["author"] is not None and change["author"]["key"].endswith("Bot")
    bot, author = request.params.get("bot", ""), request.params.get("author", "")
    return (
        change["timestamp"].startswith(day)
        and asked["kind"] in (None, change["kind"])
        and bot.lower() in ("", str(is_bot).lower())
        and (not author or (change["author"] or {}).get("key") == author)
    )


@lru_cache(maxsize=8)
def _all(view: View, began: float) -> Sequence[Json]:
    editions = list(islice(view.editions(), _CHANGED))
    return [_change(each, at, began, len(editions)) for at, each in enumerate(editions)]


def _change(held: Edition, at: int, began: float, count: int) -> Json:
    kind = _KINDS[held.number % len(_KINDS)]
    moment = datetime.fromtimestamp(began - at * _APART, UTC).replace(tzinfo=None)
    change: Json = {
        "id": str(_FIRST_ID + count - at),
        "kind": kind,
        "timestamp": moment.isoformat(timespec="microseconds"),
        "comment": {"add-book": "import new book", "add-cover": "Added new cover"}.get(kind, ""),
        "changes": [{"key": ids.path("edition", held.number), "revision": 1 + held.number % 9}],
        "author": None if held.number % 5 == 0 else {"key": "/people/reader"},
        "ip": "127.0.0.1" if held.number % 5 == 0 else None,
        "data": {},
    }
    if kind in _BOTS:
        change |= {"author": {"key": "/people/ImportBot"}, "ip": None}
        change["changes"].append({"key": ids.path("work", held.work.number), "revision": 1})
    if kind.startswith("merge-"):
        sort: ids.Sort = "work" if kind == "merge-works" else "person"
        people = held.work.authors
        number = held.work.number if sort == "work" else people[0].number if people else 1
        master, given_up = ids.path(sort, number), ids.path(sort, 909_000_000 + at % 90_000)
        change["changes"] = [{"key": given_up, "revision": 2}, {"key": master, "revision": 3}]
        change["data"] = {"master": master, "duplicates": [given_up]}
    return change
