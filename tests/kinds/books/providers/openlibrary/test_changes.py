"""Open Library's recent changes: what is asked for, and what is read out of the replies."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from urllib.parse import urlsplit

import pytest
from tests.support.scripted import Scripted, saying

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.providers.openlibrary.changes import FEED
from completist.kinds.books.providers.openlibrary.documents import LONGEST
from completist.sdk.feed import Change, Part
from completist.sdk.provider import Refused, Reply, Request

DAY = date(2026, 3, 7)


def changes(http: Scripted, bots: bool | None = None, offset: int = 0) -> list[Change]:  # noqa: FBT001 - as a part has it
    async def asked() -> list[Change]:
        return list(await FEED.changes(http, Part(DAY, "edit-book", bots), offset))

    return asyncio.run(asked())


def documents(http: Scripted, *keys: str) -> list[bytes]:
    async def asked() -> list[bytes]:
        return list(await FEED.documents(http, keys))

    return asyncio.run(asked())


def test_a_page_is_of_one_day_and_one_kind_and_since_is_never_said() -> None:
    http = saying([])
    assert changes(http, offset=3000) == []
    (request,) = http.seen
    assert urlsplit(request.url).path == "/recentchanges/2026/03/07/edit-book.json"
    assert request.params == {"limit": "1000", "offset": "3000"}


@pytest.mark.parametrize(("bots", "said"), [(True, "true"), (False, "false")])
def test_changes_of_programs_can_be_asked_for_by_themselves(bots: bool, said: str) -> None:  # noqa: FBT001 - likewise
    http = saying([])
    changes(http, bots)
    assert http.seen[0].params["bot"] == said


def test_a_change_names_records_and_nothing_else() -> None:
    changed: Data = [
        {"key": "/books/OL1M", "revision": 3},
        {"key": "/works/OL2W", "revision": 1},
        {"key": "/people/somebody/lists/OL3L", "revision": 1},
        {"key": "/books/OL1M", "revision": 4},
    ]
    http = saying([{"id": "123", "kind": "edit-book", "changes": changed}, {"id": "122", "changes": None}])
    assert changes(http) == [Change(123, ("OL1M", "OL2W")), Change(122, ())]


@pytest.mark.parametrize("body", [{}, None, ["x"], [{"id": None}], [{"id": "12x"}], [{"id": "¹"}]])
def test_a_reply_of_another_shape_is_no_answer(body: Data) -> None:
    with pytest.raises(Refused) as caught:
        changes(saying(body))
    assert caught.value.outcome is Outcome.BAD_RESPONSE


def test_documents_come_as_they_are_also_redirects_and_deletions() -> None:
    gone: Data = {"key": "/books/OL1M", "type": {"key": "/type/delete"}, "latest_revision": 4}
    moved: Data = {"key": "/works/OL2W", "type": {"key": "/type/redirect"}, "location": "/works/OL9W"}
    http = saying({"status": "ok", "result": {"/books/OL1M": gone, "/works/OL2W": moved}})
    assert [json.loads(each) for each in documents(http, "OL1M", "OL2W", "OL3A")] == [gone, moved]
    assert json.loads(http.seen[0].params["keys"]) == ["/books/OL1M", "/works/OL2W", "/authors/OL3A"]


def test_as_many_documents_are_asked_for_as_an_address_has_room_for() -> None:
    def answer(request: Request) -> Reply:
        paths = json.loads(request.params["keys"])
        found: Data = {path: {"key": path} for path in paths}
        return Reply(200, body={"status": "ok", "result": found})

    http = Scripted(answer)
    keys = [f"OL{10_000_000 + number}M" for number in range(500)]
    assert len(documents(http, *keys)) == len(keys)
    assert 2 <= len(http.seen) <= 6
    assert all(len(request.url) + len(request.params["keys"]) < LONGEST for request in http.seen)


def test_an_error_of_its_database_is_no_answer() -> None:
    with pytest.raises(Refused) as caught:
        documents(saying({"status": "fail", "message": "x"}), "OL1M")
    assert caught.value.outcome is Outcome.TRANSIENT
