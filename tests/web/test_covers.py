"""Covers over HTTP: each scenario that was asked for is a test of that name."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.support.hurry import Hurry, simulated
from tests.support.painting import bomb, cover, encoded, painted
from tests.support.shops import UNKNOWN, Row, Shop, known
from tests.support.sites import Site, error

from completist.app import App
from completist.domain.fields import Origin
from completist.settings import Settings
from completist.simulator.faults import Fault, Faults
from completist.simulator.simulator import Simulator
from completist.store.database import Database, connect

#: A book of which Inventaire has another cover.
BOTH: Row = {"Title": "Frankenstein", "Author": "Mary Shelley", "ISBN13": "9788571643987"}


@pytest.fixture
def hurry() -> Hurry:
    return Hurry()


@pytest.fixture
def simulator(hurry: Hurry) -> Iterator[Simulator]:
    with simulated(hurry) as running:
        yield running


@pytest.fixture
def shop(database: Database, tmp_path: Path, simulator: Simulator, hurry: Hurry) -> Iterator[Shop]:
    """On each database: a test that asks for it runs twice."""
    made = Shop(database, tmp_path, simulator, hurry)
    yield made
    made.app.door.close()  # type: ignore[union-attr]  # it has one


@pytest.fixture
def lone_shop(sqlite_template: Path, tmp_path: Path, simulator: Simulator, hurry: Hurry) -> Iterator[Shop]:
    """On SQLite alone."""
    shutil.copyfile(sqlite_template, tmp_path / "library.db")
    database = connect(f"sqlite:///{tmp_path / 'library.db'}")
    made = Shop(database, tmp_path, simulator, hurry)
    yield made
    made.app.door.close()  # type: ignore[union-attr]  # it has one
    database.close()


def backfill(client: TestClient, **asked: object) -> dict[str, Any]:
    answer = client.post("/api/covers/backfill", json=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert set(told) <= {"processed", "updated", "failures", "nextCursor"}
    return told


def covers_of(app: App, ids: list[int]) -> dict[int, Any]:
    return dict(app.covers.shown(ids))


# --- happy path --------------------------------------------------------------------------------------------------


def test_import_completes_and_backfill_fills_api_cover_url_for_new_books_lacking_covers(shop: Shop) -> None:
    app = shop.app
    mine = "https://i.gr-assets.com/mine.jpg"
    ids = shop.bring(app, *known(3), {"Title": "Has one", "Author": "Me", "Cover": mine})
    told = backfill(shop.client(), bookIds=ids)
    assert (told["processed"], told["updated"], told["failures"]) == (3, 3, [])
    for item_id in ids[:3]:
        value = app.show(item_id).values["cover"]
        assert (value.origin, value.source) == (Origin.PROVIDER, "openlibrary")
        shown = app.covers.shown([item_id])[item_id]
        assert shown.picture is not None
        assert value.data == shown.url
    assert app.show(ids[3]).values["cover"].data == mine


def test_manual_add_without_cover_triggers_backfill_and_fills_api_cover_url(lone_shop: Shop) -> None:
    (row,) = known(1)
    with lone_shop.serving(worker=True):
        fields = {"title": row["Title"], "authors": [row["Author"]], "isbn13": [row["ISBN13"]]}
        answer = lone_shop.client().post("/api/v1/items", json={"kind": "book", "fields": fields})
        assert answer.status_code == 201
        item_id = answer.json()["id"]
        ends = time.monotonic() + 30
        while not (found := lone_shop.app.covers.shown([item_id])) or found[item_id].picture is None:
            assert time.monotonic() < ends, "nobody looked for its cover"
            lone_shop.stop.wait(0.05)
    assert found[item_id].origin is Origin.PROVIDER


def test_bulk_button_runs_backfill_and_returns_counts_to_ui(lone_shop: Shop) -> None:
    lone_shop.bring(lone_shop.app, *known(2), UNKNOWN)
    with capture_logs() as logs:
        told = backfill(lone_shop.client())
    (failure,) = told["failures"]
    assert (told["processed"], told["updated"], failure["reason"]) == (3, 2, "not_found")
    assert "nextCursor" not in told
    (line,) = [each for each in logs if each["event"] == "cover_backfill"]
    assert line.keys() == {"event", "log_level", "processed", "updated", "failures", "duration"}
    assert (line["log_level"], line["processed"], line["updated"], line["failures"]) == ("warning", 3, 2, 1)


# --- edge cases --------------------------------------------------------------------------------------------------


def test_books_with_existing_cover_url_or_api_cover_url_are_skipped_no_overwrite(shop: Shop) -> None:
    app, client = shop.app, shop.client()
    ids = shop.bring(app, *known(2))
    app.covers.upload(ids[0], cover())
    assert backfill(client)["processed"] == 1
    before = covers_of(app, ids)
    assert backfill(client) == {"processed": 0, "updated": 0, "failures": []}
    assert covers_of(app, ids) == before
    assert before[ids[0]].origin is Origin.USER


def test_batch_limit_respected_next_cursor_returned_when_more_remain(lone_shop: Shop) -> None:
    client = lone_shop.client()
    lone_shop.bring(lone_shop.app, *known(4), UNKNOWN)
    cursor, rounds, updated, failed = None, 0, 0, 0
    while True:
        told = backfill(client, limit=2, **({"cursor": cursor} if cursor else {}))
        assert told["processed"] <= 2
        rounds, updated, failed = rounds + 1, updated + told["updated"], failed + len(told["failures"])
        if (cursor := told.get("nextCursor")) is None:
            break
        assert isinstance(cursor, str)
    assert (rounds, updated, failed) == (3, 4, 1)
    for wrong in (0, 51, "20"):
        assert client.post("/api/covers/backfill", json={"limit": wrong}).status_code == 422


def test_book_without_title_author_isbn_yields_graceful_failure_entry(lone_shop: Shop) -> None:
    app = lone_shop.app
    bare = app.add("book", {"publisher": "Nobody"})
    (good,) = [i for i in lone_shop.bring(app, *known(1)) if i != bare]
    told = backfill(lone_shop.client())
    assert (told["processed"], told["updated"]) == (2, 1)
    assert told["failures"] == [{"bookId": bare, "reason": "missing_title_author_isbn"}]
    assert good in covers_of(app, [good])


def test_google_books_api_key_missing_falls_back_to_open_library_without_error(
    lone_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_BOOKS_KEY", raising=False)
    (item_id,) = lone_shop.bring(lone_shop.app, *known(1))
    assert backfill(lone_shop.client())["failures"] == []
    assert covers_of(lone_shop.app, [item_id])[item_id].source == "openlibrary"
    assert lone_shop.simulator.calls.of("googlebooks").all() == []


def test_concurrent_backfill_calls_do_not_double_write_or_throw(shop: Shop) -> None:
    ids = shop.bring(shop.app, *known(6))
    _ = shop.app.library_id, shop.api
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda _: backfill(shop.client()), range(3)))
    assert sum(each["processed"] for each in told) == 6
    assert sum(each["updated"] for each in told) == 6
    for item_id in ids:
        written = [c for c in shop.app.history(item_id) if c.action == "fill"]
        assert len(written) == 1


# --- error conditions --------------------------------------------------------------------------------------------


def test_external_fetch_timeout_recorded_as_failure_entry_others_continue(
    lone_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("completist.app.covers.LOOKUP", 0.3)
    ids = lone_shop.bring(lone_shop.app, *known(3))
    lone_shop.simulator.switch(Faults((Fault("hang", times=1, operation="picture"),)), "covers")
    told = backfill(lone_shop.client())
    assert (told["processed"], told["updated"]) == (3, 3)  # the other size of the same cover came in time
    lone_shop.simulator.reset()
    hanging = Faults((Fault("hang", times=2, operation="picture"),))
    more = lone_shop.bring(lone_shop.app, *known(5), name="more.csv")[3:]
    lone_shop.simulator.switch(hanging, "covers")
    told = backfill(lone_shop.client(), bookIds=more[:1])
    assert told["failures"] == [{"bookId": more[0], "reason": "timeout"}]
    told = backfill(lone_shop.client())
    assert (told["updated"], told["failures"]) == (2, [])
    assert len(covers_of(lone_shop.app, ids + more)) == 5


def test_unauthorized_user_access_is_blocked_on_action_and_query(shop: Shop) -> None:
    shop.account("anna")
    key = shop.account("bruno", "member")
    (hers,) = shop.bring(shop.library("anna"), *known(1))
    shop.library("anna").covers.upload(hers, cover())
    assert shop.client().post("/api/covers/backfill").status_code == 401
    bruno = shop.client(key)
    assert bruno.post("/api/covers/backfill", json={"bookIds": [hers]}).status_code == 404
    assert bruno.get(f"/api/v1/items/{hers}/covers").status_code == 404
    assert bruno.delete(f"/api/v1/items/{hers}/cover").status_code == 404
    assert bruno.get(f"/api/v1/covers?ids={hers}").json() == {"covers": {}}
    assert shop.client(shop.key("bruno", "worker")).post("/api/covers/backfill").status_code == 403
    assert backfill(bruno) == {"processed": 0, "updated": 0, "failures": []}
    assert shop.client().get(f"/covers/{'a' * 64}/s.webp").status_code == 401


def test_import_commit_returns_zero_books_backfill_no_ops_cleanly(lone_shop: Shop) -> None:
    client = lone_shop.client()
    with capture_logs() as logs:
        assert backfill(client) == {"processed": 0, "updated": 0, "failures": []}
        assert backfill(client, bookIds=[]) == {"processed": 0, "updated": 0, "failures": []}
    assert {each["log_level"] for each in logs if each["event"] == "cover_backfill"} == {"info"}


# --- what is beyond those ----------------------------------------------------------------------------------------


def test_whoever_turned_it_off_is_told_so(lone: Site) -> None:
    lone.app.settings = Settings(lone.folder, "unused", offline=True, cover_backfill=False)
    answer = lone.client().post("/api/covers/backfill")
    assert (answer.status_code, error(answer)["code"]) == (409, "action_required")


def test_a_thumbnail_is_kept_for_ever_by_whoever_got_it(lone: Site) -> None:
    (item_id,) = lone.stock(lone.app, 1)
    client = lone.client()
    answer = client.post(f"/api/v1/items/{item_id}/cover", content=cover())
    sha256 = answer.json()["cover"]["sha256"]
    for size in ("s", "m", "l"):
        got = client.get(f"/covers/{sha256}/{size}.webp")
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in got.headers["cache-control"]
        again = client.get(f"/covers/{sha256}/{size}.webp", headers={"If-None-Match": got.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/covers/{sha256}/xl.webp").status_code == 422
    assert client.get(f"/covers/{'0' * 64}/s.webp").status_code == 404
    assert client.get("/covers/..%2f..%2flibrary/s.webp").status_code in (404, 422)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(), "too_many_pixels"),
        (b"<svg onload='x'/>", "not_an_image"),
        (encoded(painted(), "GIF"), "not_an_image"),
    ],
)
def test_what_cannot_be_uploaded_says_why_and_changes_nothing(lone: Site, content: bytes, code: str) -> None:
    (item_id,) = lone.stock(lone.app, 1)
    answer = lone.client().post(f"/api/v1/items/{item_id}/cover", content=content)
    assert (answer.status_code, error(answer)["code"]) == (422, code)
    assert covers_of(lone.app, [item_id]) == {}


def test_the_picker_shows_every_cover_with_its_source_and_pixels(lone_shop: Shop) -> None:
    app, client = lone_shop.app, lone_shop.client()
    (item_id,) = lone_shop.bring(app, BOTH)
    found = client.get(f"/api/v1/items/{item_id}/covers").json()["candidates"]
    sources = [each["source"] for each in found]
    assert "openlibrary" in sources
    assert len(sources) > 1
    seen = [each for each in found if each["sha256"]]
    assert all(each["width"] and each["blurhash"] and each["colour"].startswith("#") for each in seen)
    other = next(each for each in seen if each["source"] != "openlibrary")
    taken = client.put(f"/api/v1/items/{item_id}/cover", json={"url": other["url"]}).json()["cover"]
    assert (taken["url"], taken["sha256"], taken["source"]) == (other["url"], other["sha256"], "you")
    found = client.get(f"/api/v1/items/{item_id}/covers?look=false").json()["candidates"]
    assert [each["url"] for each in found if each["chosen"]] == [other["url"]]


def test_a_removed_cover_stays_removed(lone_shop: Shop) -> None:
    app, client = lone_shop.app, lone_shop.client()
    (item_id,) = lone_shop.bring(app, *known(1))
    backfill(client)
    assert client.delete(f"/api/v1/items/{item_id}/cover").json() == {"cover": None}
    assert backfill(client)["processed"] == 0
    app.fill()
    assert covers_of(app, [item_id]) == {}
    app.give_up(item_id, ["cover"])
    app.fill()
    assert covers_of(app, [item_id])[item_id].origin is Origin.PROVIDER


def test_a_cover_from_a_server_that_nobody_allowed_is_not_fetched(lone_shop: Shop) -> None:
    (item_id,) = lone_shop.bring(lone_shop.app, *known(1))
    wrong = {"url": "https://169.254.169.254/latest/meta-data"}
    answer = lone_shop.client().put(f"/api/v1/items/{item_id}/cover", json=wrong)
    assert (answer.status_code, error(answer)["code"]) == (422, "host_not_allowed")
    assert covers_of(lone_shop.app, [item_id]) == {}
