"""The best cover is taken, once, and never instead of a person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.hurry import Hurry, online
from tests.support.painting import cover

from completist.app import App, When, Wish
from completist.domain.fields import Data, Level, Origin, Value
from completist.engine.recording import Cause, Patch, record
from completist.sdk import registry
from completist.settings import Settings
from completist.simulator.faults import Fault, Faults, Kind
from completist.simulator.simulator import Simulator

#: A book that the simulated Open Library knows, with its cover, and one of which Inventaire has a cover, too.
ISBN, COVER = "9780141439785", "https://covers.openlibrary.org/b/id/14700001.jpg"
FRANKENSTEIN = "9788571643987"
GOOGLE = "https://books.google.com/books/content?id={}&printsec=frontcover&img=1&zoom={}"


def book(app: App, cover: str | None = None) -> int:
    typed: dict[str, Data] = {
        "title": "The Mayor of Casterbridge",
        "authors": ["Thomas Hardy"],
        "isbn13": [ISBN],
    }
    return app.add("book", typed if cover is None else {**typed, "cover": cover})


def say(
    app: App, item_id: int, url: str, *, source: str = "hardcover", version: str = "book-metadata@1"
) -> None:
    """Let a provider say where a cover lies."""
    plugin = registry.plugin("book")
    value = Value(
        "cover", url, Origin.PROVIDER, source, level=Level.EDITION, record="r", version=version, at=app.now()
    )
    with app.database.write() as connection:
        cause = Cause("fill", Origin.PROVIDER)
        record(connection, app.library_id, plugin, [Patch(item_id, (value,))], cause, app.now())


def look(app: App, item_id: int) -> None:
    """Work the pipeline off for one item, whatever was done before."""
    app.fill(Wish(ids=[item_id], again=True))
    app.ledger.create_job("cover", {"ids": [item_id]}, force=True)
    app.fill(Wish(ids=[item_id]))


def size(app: App, item_id: int) -> tuple[int, int]:
    shown = app.covers.shown([item_id])[item_id]
    assert shown.picture is not None
    return (shown.picture.width, shown.picture.height)


def covers_called(simulator: Simulator) -> int:
    return len(simulator.calls.of("covers").all())


def test_the_original_is_fetched_once(app: App, simulator: Simulator) -> None:
    item_id = book(app)
    app.fill()
    assert (app.show(item_id).values["cover"].data, size(app, item_id)) == (COVER, (655, 1002))
    assert covers_called(simulator) == 1
    look(app, item_id)
    assert covers_called(simulator) == 1
    assert len([c for c in app.history(item_id) if "cover" in str(c)]) <= len(app.history(item_id))


def test_fill_by_field_looks_for_covers(app: App) -> None:
    item_id = book(app)
    app.fill(Wish(when=When(missing=("cover",))))
    assert size(app, item_id) == (655, 1002)


def test_a_library_that_stays_offline_waits(tmp_path: Path) -> None:
    with App(Settings(tmp_path, f"sqlite:///{tmp_path / 'library.db'}", offline=True)) as app:
        item_id = book(app)
        assert "cover" not in app.due(Wish())
        assert app.covers.shown([item_id]) == {}
        assert ("cover", "ready") in app.status().runs


def test_nobody_looks_for_covers_where_that_is_turned_off_but_for_who_asks(
    tmp_path: Path, simulator: Simulator, hurry: Hurry
) -> None:
    with online(tmp_path, simulator, hurry, cover_backfill=False) as app:
        item_id = book(app)
        app.fill()
        assert covers_called(simulator) == 0
        app.fill(Wish(when=When(missing=("cover",)), ids=[item_id]))
        app.fill(Wish(ids=[item_id], again=True))
        assert app.covers.backfill(ids=[item_id]).processed in (0, 1)


def test_a_smaller_one_never_takes_the_place_of_a_larger_one(app: App) -> None:
    item_id = book(app)
    app.fill()
    say(app, item_id, GOOGLE.format("small", 2), source="googlebooks")
    look(app, item_id)
    assert size(app, item_id) == (655, 1002)


def test_a_larger_one_of_the_same_book_does(app: App) -> None:
    item_id = book(app)
    say(app, item_id, GOOGLE.format("small", 5), source="googlebooks")
    app.fill(Wish(ids=[item_id]))
    before = size(app, item_id)
    assert before == (655, 1002)
    say(app, item_id, GOOGLE.format("large", 6), source="hardcover")
    look(app, item_id)
    assert size(app, item_id) == before, "a good one is not looked beyond"


@pytest.mark.parametrize("typed", ["https://i.gr-assets.com/mine.jpg", "https://elsewhere.example/mine.jpg"])
def test_what_a_person_typed_is_never_touched(app: App, typed: str) -> None:
    item_id = book(app, cover=typed)
    app.fill()
    value = app.show(item_id).values["cover"]
    assert (value.data, value.origin) == (typed, Origin.USER)
    shown = app.covers.shown([item_id])[item_id]
    assert shown.url == typed
    assert (shown.picture is None, shown.origin) == (True, Origin.USER)


def test_what_a_person_uploaded_is_never_touched(app: App) -> None:
    item_id = book(app)
    app.covers.upload(item_id, cover(60, 90))
    app.fill()
    look(app, item_id)
    assert size(app, item_id) == (60, 90)


def test_another_isbn_brings_another_cover_however_large_the_old_one_was(app: App) -> None:
    item_id = book(app)
    app.fill()
    app.set(item_id, {"isbn13": [FRANKENSTEIN], "title": "Frankenstein", "authors": ["Mary Shelley"]})
    app.fill()
    assert app.show(item_id).values["cover"].data != COVER


def test_placeholders_are_no_covers(app: App, simulator: Simulator) -> None:
    item_id = book(app)
    simulator.switch(Faults((Fault("http_200_error"),)), "covers")  # a blank picture in the place of each
    report = app.covers.backfill(ids=[item_id])
    assert [each.reason for each in report.failures] == ["tiny"]
    assert app.covers.shown([item_id]) == {}


def test_whoever_rests_is_waited_for(app: App, simulator: Simulator) -> None:
    item_id = book(app)
    simulator.switch(Faults((Fault("unavailable", after=3000),)), "covers")
    (failure,) = app.covers.backfill(ids=[item_id]).failures
    assert failure.reason in ("http_503", "transient", "rate_limited")
    assert ("cover", "waiting") in app.status().runs
    simulator.reset()
    with app.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM budgets")  # its rest is over
    assert app.covers.backfill(ids=[item_id]).updated == 1


@pytest.mark.parametrize("kind", ["html", "wrong_json", "empty_body", "cut_off", "redirect", "huge"])
def test_whatever_comes_in_the_place_of_a_picture_is_not_kept(
    app: App, simulator: Simulator, kind: str
) -> None:
    item_id = book(app)
    simulator.switch(Faults((Fault(kind),)), "covers")  # type: ignore[arg-type]  # one of them
    assert app.covers.backfill(ids=[item_id]).updated == 0
    assert app.covers.shown([item_id]) == {}
    assert not app.covers.examine()


def test_ten_thousand_covers_are_listed_without_reading_a_file(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [book(app) for _ in range(3)]
    app.fill(Wish(ids=ids))
    monkeypatch.setattr("completist.pictures.keeping.Folder.read", None)
    shown = app.covers.shown(ids)
    assert [each.picture.blurhash[:1] for each in shown.values() if each.picture] == ["T"] * 3


def test_a_file_s_own_cover_counts_as_long_as_there_is_a_picture_behind_it(app: App, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    good, gone = GOOGLE.format("zyTCAlFPjgYC", 4), "https://elsewhere.example/gone.jpg"
    rows = [
        f"The Mayor of Casterbridge,Thomas Hardy,{ISBN},{good}",
        f"Frankenstein,Mary Shelley,{FRANKENSTEIN},{gone}",
    ]
    path.write_text("\n".join(["Title,Author,ISBN13,Cover", *rows]) + "\n", "utf-8")
    app.import_file(path)
    app.fill()
    first, second = (view.id for view in app.items("book"))
    shown = app.covers.shown([first, second])
    assert app.show(second).values["cover"].data == gone
    assert (shown[second].origin, shown[second].picture is not None) == (Origin.PROVIDER, True)
    assert shown[first].picture is not None


@pytest.mark.parametrize("kind", ["server_error", "cut_off", "html", "redirect"])
def test_what_could_not_be_looked_at_is_looked_at_later_while_a_smaller_one_is_shown(
    app: App, simulator: Simulator, hurry: Hurry, kind: Kind
) -> None:
    item_id = book(app)
    app.ledger.pause("cover")
    app.fill()  # whatever else is said of it by then is no reason for another look
    app.ledger.resume("cover")
    simulator.switch(Faults((Fault(kind, times=1),)), "covers")
    app.fill()
    assert app.show(item_id).values["cover"].data == COVER.replace(".jpg", "-L.jpg")
    small = size(app, item_id)
    (wait,) = app.waits()
    hurry.ahead += max(0.0, (wait.first - hurry.now()) / 1000 + 1)
    app.fill()
    assert app.show(item_id).values["cover"].data == COVER
    assert size(app, item_id) == (655, 1002) > small
    assert app.waits() == []


def test_an_address_that_leads_elsewhere_is_not_called_again_and_again(
    app: App, simulator: Simulator, hurry: Hurry
) -> None:
    item_id = book(app)
    simulator.switch(Faults((Fault("redirect"),)), "covers")
    app.fill()
    called = covers_called(simulator)
    assert called > 0
    hurry.ahead += 3_600
    app.fill()
    assert covers_called(simulator) == called
    (wait,) = app.waits()
    assert wait.first - hurry.now() > 20 * 3_600_000
    shown = app.covers.shown([item_id])[item_id]
    assert (shown.picture, shown.code) == (None, "host_not_allowed")
