"""Killed at any moment, no value stands without its file, and no file stays that is nobody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engine.pictures.test_hanging import COVER, book, size
from tests.support.hurry import Hurry
from tests.support.painting import cover

from completist.app import App, Wish
from completist.engine.pictures.looking import FAILED_LASTS
from completist.engine.pictures.mending import SPARED
from completist.pictures.keeping import Folder
from completist.simulator.faults import Fault, Faults
from completist.simulator.simulator import Simulator
from completist.store import pictures

DAY = 86_400


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


def die(*_args: object, **_more: object) -> Any:  # noqa: ANN401 - in the place of whatever
    raise Killed


def files(app: App) -> list[str]:
    return sorted(Folder(app.settings.data / "covers").names())


#: Where a process may be killed while it brings a cover, and how.
MOMENTS: dict[str, str] = {
    "before_anything_is_announced": "completist.store.pictures.arrive",
    "between_announcement_and_file": "completist.engine.pictures.looking.write_copy",
    "between_file_and_record": "completist.store.pictures.keep",
    "between_record_and_value": "completist.engine.enriching.settle",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_crash_between_download_and_record_leaves_nothing_behind(
    app: App, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    item_id = book(app)
    with monkeypatch.context() as killing:
        killing.setattr(MOMENTS[moment], die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - a kill, or what it does to a thread
            app.covers.backfill(ids=[item_id])
    assert app.covers.shown([item_id]) == {}, "no value stands without its file"
    monkeypatch.setattr("completist.engine.pictures.mending.is_gone", lambda _claimer: True)
    _doctor(app)
    rows = {name.partition("/")[2][:64] for name in files(app)}
    with app.database.read() as connection:
        assert rows == {digest for digest, *_ in pictures.page(connection)}, (
            "no file is left that is nobody's"
        )
    monkeypatch.setattr("completist.engine.recovering.is_gone", lambda _claimer: True)
    assert app.covers.backfill(ids=[item_id]).updated == 1
    assert size(app, item_id) == (655, 1002)
    assert not app.covers.examine()


def test_a_write_that_was_cut_short_is_removed(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id = book(app)
    with monkeypatch.context() as killing:
        killing.setattr(Path, "replace", die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - likewise
            app.covers.backfill(ids=[item_id])
    assert any(name.endswith(".part") for name in files(app))
    assert not app.covers.examine().orphans, "somebody may be at it"
    monkeypatch.setattr("completist.engine.pictures.mending.is_gone", lambda _claimer: True)
    _doctor(app)
    assert files(app) == []


def _doctor(app: App) -> None:
    checks = {each.name: each for each in app.check(fix=True)}
    assert checks["covers"].state != "warn"
    assert not app.covers.examine()


def test_a_file_of_nobody_is_found_and_removed(app: App) -> None:
    Folder(app.settings.data / "covers").write("ab/readme.txt", b"not ours")
    (check,) = [each for each in app.check() if each.name == "covers"]
    assert (check.state, check.fix) == ("warn", "completist doctor --fix")
    _doctor(app)
    assert files(app) == []


def test_a_copy_whose_file_was_lost_is_fetched_again(app: App, simulator: Simulator) -> None:
    item_id = book(app)
    app.covers.backfill(ids=[item_id])
    for name in files(app):
        Folder(app.settings.data / "covers").remove(name)
    _doctor(app)
    assert app.covers.shown([item_id])[item_id].picture is None, "no value claims a file that is not there"
    app.fill(Wish(ids=[item_id]))
    assert size(app, item_id) == (655, 1002)
    assert len(simulator.calls.of("covers").all()) == 2


def test_a_lost_upload_is_said_to_be_lost(app: App) -> None:
    item_id = book(app)
    app.covers.upload(item_id, cover())
    for name in files(app):
        Folder(app.settings.data / "covers").remove(name)
    (check,) = [each for each in app.check(fix=True) if each.name == "covers"]
    assert check.state == "fail"
    assert "uploaded" in check.message


def test_a_lost_thumbnail_is_made_again(app: App) -> None:
    item_id = book(app)
    app.covers.upload(item_id, cover())
    picture = app.covers.shown([item_id])[item_id].picture
    assert picture is not None
    before = app.covers.thumbnail(picture.sha256, "m")
    Folder(app.settings.data / "covers").remove(next(n for n in files(app) if n.endswith("-m.webp")))
    assert not app.covers.examine()
    assert app.covers.thumbnail(picture.sha256, "m") is not None
    assert before is not None
    assert len([name for name in files(app) if name.endswith("-m.webp")]) == 1


def test_an_upload_that_was_taken_back_comes_again_by_undo(app: App) -> None:
    item_id = book(app)
    app.covers.upload(item_id, cover())
    app.covers.remove(item_id)
    app.undo()
    assert size(app, item_id) == (300, 450)


def test_places_that_have_gone_are_noticed_and_the_copy_stays(
    app: App, simulator: Simulator, hurry: Hurry
) -> None:
    item_id = book(app)
    app.covers.backfill(ids=[item_id])
    assert app.covers.refresh().called == 0, "nothing is old enough"
    simulator.switch(Faults((Fault("html"),)), "covers")  # a page in the place of the picture
    hurry.ahead += 130 * DAY
    assert (app.covers.refresh().called, app.covers.shown([item_id])[item_id].broken) == (1, True)
    hurry.ahead += FAILED_LASTS[-1] / 1000 + DAY
    assert app.covers.refresh().gone == 1
    assert app.show(item_id).values["cover"].data == COVER
    assert size(app, item_id) == (655, 1002), "its copy is kept"
    assert ("cover", "ready") in app.status().runs, "another one is looked for"


def test_copies_that_nothing_leads_to_are_removed_in_the_end(app: App, hurry: Hurry) -> None:
    item_id = book(app)
    app.covers.backfill(ids=[item_id])
    app.set(item_id, {"isbn13": None, "title": "Something else", "authors": None})
    app.fill()
    hurry.ahead += 130 * DAY
    app.covers.refresh()
    hurry.ahead += SPARED / 1000 + DAY
    assert app.covers.refresh().removed in (0, 1)
    assert not app.covers.examine()


def test_the_chore_does_the_same(app: App) -> None:
    chores = app.upkeeping.chores()
    assert chores.begin("refresh-covers")
    chores.end(10)
