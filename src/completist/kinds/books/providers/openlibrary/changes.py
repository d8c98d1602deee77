"""Open Library's recent changes: read by day, by kind and by number, for ``since`` does not exist.

https://openlibrary.org/dev/docs/api/recentchanges
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from completist.domain.run import Outcome
from completist.kinds.books.providers.openlibrary.adapter import OPEN_LIBRARY, SITE
from completist.kinds.books.providers.openlibrary.documents import LONGEST, bare
from completist.sdk.feed import Change, Feed, Part
from completist.sdk.jsondata import record, records
from completist.sdk.provider import Http, Record, Refused, Reply, Request

#: What happens to books, works and authors; lists and new accounts are left out.
KINDS = ("add-book", "edit-book", "add-cover", "merge-works", "merge-authors", "edit", "update", "revert")

PAGE, DEEPEST = 1_000, 10_000

#: By the last letter of a key.
_PATHS = {"M": "/books/", "W": "/works/", "A": "/authors/"}
_OK = 200


async def changes(http: Http, part: Part, offset: int) -> Sequence[Change]:
    """A page of one kind of change of one day, the newest first."""
    url = f"{SITE}/recentchanges/{part.day:%Y/%m/%d}/{part.kind}.json"
    params = {"limit": str(PAGE), "offset": str(offset)}
    if part.bots is not None:
        params["bot"] = "true" if part.bots else "false"
    body = _answer(await http.send(Request("GET", url, params))).body
    if not isinstance(body, list) or len(rows := records(body)) != len(body):
        raise Refused(Outcome.BAD_RESPONSE, code="changes_shape")
    return [_change(row) for row in rows]


async def documents(http: Http, keys: Sequence[str]) -> Sequence[bytes]:
    """The records of these keys, as many in a request as its address has room for."""
    found: list[bytes] = []
    url = f"{SITE}/api/get_many"
    for paths in _fitting(keys, LONGEST - len(url) - len("?keys=") - len(quote("[]"))):
        asked = {"keys": json.dumps(paths, separators=(",", ":"))}
        body = record(_answer(await http.send(Request("GET", url, asked))).body)
        if body.get("status") != "ok":  # an error of its database comes with status 200
            raise Refused(Outcome.TRANSIENT, code="get_many_failed")
        result = record(body.get("result"))
        held = [record(result.get(path)) for path in paths]
        found += [json.dumps(document).encode() for document in held if document]
    return found


def _change(row: Record) -> Change:
    number = row.get("id")
    if not (isinstance(number, str) and number.isascii() and number.isdecimal()):
        raise Refused(Outcome.BAD_RESPONSE, code="changes_shape")
    keys = [bare(each.get("key")) for each in records(row.get("changes"))]
    return Change(int(number), tuple(dict.fromkeys(key for key in keys if key)))


def _fitting(keys: Sequence[str], room: int) -> Iterator[list[str]]:
    """Paths of keys, in lists that one address has room for."""
    paths: list[str] = []
    left = room
    for key in keys:
        path = f"{_PATHS[key[-1]]}{key}"
        size = len(quote(f'"{path}",', safe=""))
        if size > left and paths:
            yield paths
            paths, left = [], room
        paths.append(path)
        left -= size
    if paths:
        yield paths


def _answer(reply: Reply) -> Reply:
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    return reply


FEED = Feed(
    name=OPEN_LIBRARY.name,
    label="Open Library",
    provider=OPEN_LIBRARY,
    kinds=KINDS,
    schemes=frozenset({"olid", "olid_work", "olid_author"}),
    beginning="OL",
    page=PAGE,
    deepest=DEEPEST,
    changes=changes,
    documents=documents,
)
