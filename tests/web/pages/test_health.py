"""Health on a page: the checks of the command with buttons that mend, the index, the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from fastapi.testclient import TestClient
from tests.support import records, stages
from tests.support.shops import Shop, known
from tests.support.sites import Site

from completist.app import App
from completist.catalog import Options
from completist.engine.checking import Check, Remedy, State
from completist.engine.syncing import Synced
from completist.web.places import Bound
from completist.web.server import create_api

HERE = "/settings/health"


def _visitor(app: App) -> TestClient:
    return TestClient(
        create_api(app, Bound()), "http://127.0.0.1:8337", client=("127.0.0.1", 50000), follow_redirects=False
    )


def _part(page: str, name: str) -> str:
    return page.partition(f'id="live-{name}"')[2].partition("</section>")[0]


def _check(app: App, client: TestClient, **data: str) -> str:
    assert client.post(f"{HERE}/check", data=data).status_code == 303
    app.running.finish()
    return _part(client.get(HERE).text, "checks")


# --- checks -----------------------------------------------------------------------------------------------------


def test_the_checks_of_the_command_are_shown_once_they_were_asked_for(lone: Site) -> None:
    client = lone.client()
    page = client.get(HERE).text
    assert "Nothing was checked yet" in page
    assert 'href="/settings/health"' in client.get("/settings").text
    shown = _check(lone.app, client)
    assert "Begun. You need not wait here." not in shown
    expected = lone.app.check()
    assert expected
    assert shown.count('class="setrow check"') == len(expected)
    for each in expected:
        assert each.message.replace("'", "&#39;") in shown
    assert "At the server: <code>completist catalog load" in shown


def test_what_is_paused_goes_on_by_a_button_and_is_checked_again(lone: Site) -> None:
    lone.stock(lone.app, 1)
    client = lone.client()
    lone.app.ledger.pause("book-metadata")
    lone.app.sources.pause("openlibrary")
    shown = _check(lone.app, client)
    assert "book-metadata has been paused" in shown
    assert 'name="of" value="book-metadata"' in shown
    client.post(f"{HERE}/mend", data={"remedy": "resume", "of": "book-metadata"})
    lone.app.running.finish()
    assert not any(each.paused for each in lone.app.ledger.pipelines())
    assert "book-metadata has been paused" not in _part(client.get(HERE).text, "checks")
    client.post(f"{HERE}/mend", data={"remedy": "ask_again", "of": "openlibrary"})
    lone.app.running.finish()
    assert lone.app.sources.resume("openlibrary") is False


def test_an_orphan_among_the_covers_is_cleared_up(lone: Site) -> None:
    client = lone.client()
    lost = lone.folder / "covers" / "ab"
    lost.mkdir(parents=True)
    orphan = lost / f"ab{'0' * 62}.webp"
    orphan.write_bytes(b"nobody's")
    (found,) = [each for each in lone.app.check() if each.remedy is Remedy.COVERS]
    shown = _check(lone.app, client)
    assert found.message in shown
    assert 'name="remedy" value="covers"' in shown
    assert orphan.exists()
    client.post(f"{HERE}/mend", data={"remedy": "covers", "of": ""})
    lone.app.running.finish()
    assert not orphan.exists()
    assert "each copy has its file" in _part(client.get(HERE).text, "checks")


def test_a_remedy_that_there_is_not_does_nothing(lone: Site) -> None:
    client = lone.client()
    for data in ({"remedy": "everything"}, {"remedy": "key", "of": "nobody"}):
        client.post(f"{HERE}/mend", data=data)
        lone.app.running.finish()
    page = client.get(HERE).text
    assert "There is no source" in _part(page, "checks")
    client.post(f"{HERE}/stop", data={"name": "check"})
    assert "That is over already." in client.get(HERE).text


def test_one_check_is_under_way_at_a_time(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, let_go = Event(), Event()

    def check(*_said: object, **_named: object) -> list[Check]:
        begun.set()
        assert let_go.wait(20)
        return [Check("disk", State.WARN, "Little room.")]

    monkeypatch.setattr(App, "check", check)
    client = lone.client()
    client.post(f"{HERE}/check")
    assert begun.wait(20)
    page = client.get(HERE).text
    assert "Under way" in _part(page, "checks")
    assert "Check everything" not in _part(page, "checks")
    client.post(f"{HERE}/check")
    assert "Something of the sort is under way already." in client.get(HERE).text
    let_go.set()
    lone.app.running.finish()
    assert "1 thing wants a look" in client.get(HERE).text
    let_go.clear()
    begun.clear()
    client.post(f"{HERE}/check")
    assert begun.wait(20)
    assert "1 thing wants a look" in client.get(HERE).text  # as it was, until it is known anew
    let_go.set()
    lone.app.running.finish()


def test_members_see_and_do_nothing_of_the_server(lone: Site) -> None:
    lone.account("anna")
    lone.account("bruno", "member")
    client = lone.client()
    client.post("/login", data={"token": lone.app.access.login_token("bruno")})
    page = client.get(HERE).text
    assert "Nothing to look after" in page
    assert "live-checks" not in page
    for path in ("check", "mend", "verify-catalogue", "prune-catalogue", "set-up-model", "stop"):
        assert client.post(f"{HERE}/{path}", data={"remedy": "covers"}).status_code == 403
    assert client.post("/settings/answers/forget", data={"before": "1"}).status_code == 403
    assert lone.app.running.of(lone.app.library_id) == {}


# --- the index --------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[App]:
    """A collection of records that are found by meaning, with a model where there is one."""
    with records.opened(tmp_path) as app:
        if app.finding.state().why:
            pytest.skip("no model is installed")
        yield app


def test_the_index_is_compared_mended_and_made_anew(shelf: App) -> None:
    client = _visitor(shelf)
    kept = len(list(shelf.items("track")))
    assert "Is the index in step?" in client.get(HERE).text
    index = shelf.semantic.shelf(shelf.library_id, "track").index
    gone = [point.id for point in index.scroll("", 500)][:3]
    index.delete(gone)
    for errand, said in (
        ("verify-index", ("The index is not in step.", "3 missing")),
        ("reconcile-index", ("That is mended.", "3 missing")),
        ("verify-index", ("The index is in step.", f"{kept} vectors, {kept} points in the index")),
        ("rebuild-index", (f"{kept} vectors were put into the index.",)),
    ):
        assert client.post(f"{HERE}/{errand}").status_code == 303
        shelf.running.finish()
        part = _part(client.get(HERE).text, "meaning")
        for each in said:
            assert each in part, errand
    assert shelf.finding.verify(lambda _done, _total: None).in_step


def test_without_a_model_it_is_said_how_to_come_by_one(tmp_path: Path) -> None:
    with records.opened(tmp_path, meaning=False) as app:
        client = _visitor(app)
        part = _part(client.get(HERE).text, "meaning")
        assert "Search by meaning is off" in part
        assert "Set up the model" in part
        assert "Compare" not in part


# --- the catalogue ----------------------------------------------------------------------------------------------


def test_the_catalogue_is_looked_at_and_cleared_up(tmp_path: Path) -> None:
    with stages.opened(tmp_path) as app:
        client = _visitor(app)
        assert "None is loaded" in _part(client.get(HERE).text, "catalogue")
        app.load_catalogue(stages.DUMPS, processes=1, options=Options())
        left = app.settings.generations / "gen-000999.part"
        client.post(f"{HERE}/verify-catalogue")
        app.running.finish()
        part = _part(client.get(HERE).text, "catalogue")
        assert "It is whole." in part
        left.mkdir()
        client.post(f"{HERE}/prune-catalogue")
        app.running.finish()
        assert "1 folder was removed" in _part(client.get(HERE).text, "catalogue")
        assert not left.exists()
        os.utime(app.settings.generations / "CURRENT", (1_600_000_000, 1_600_000_000))
        assert 'name="remedy" value="catalogue"' in _check(app, client)
        assert client.post(f"{HERE}/nothing").status_code == 303
        assert "There is no such errand." in client.get(HERE).text


def test_changes_are_followed_at_once_and_again_from_a_day(shop: Shop) -> None:
    shop.bring(shop.app, *known(3))
    client = shop.client()
    assert "Not followed yet." in _part(client.get(HERE).text, "catalogue")
    client.post(f"{HERE}/follow-changes")
    shop.app.running.finish()
    part = _part(client.get(HERE).text, "catalogue")
    day = shop.app.upkeeping.last_sync()
    assert day is not None
    assert f"Followed until {day}." in part
    errand = shop.app.errands.seen()["follow-changes"]
    assert errand.outcome is not None
    assert " of what you hold" in part
    client.post(f"{HERE}/follow-changes", data={"since": str(day - timedelta(days=2))})
    shop.app.running.finish()
    again = shop.app.errands.seen()["follow-changes"].outcome
    assert isinstance(again, Synced)
    assert again.since == day - timedelta(days=2)
    client.post(f"{HERE}/follow-changes", data={"since": "yesterday"})
    assert "That is no day." in client.get(HERE).text


def test_who_stays_offline_is_told_that_nothing_is_followed(lone: Site) -> None:
    client = lone.client()
    client.post(f"{HERE}/follow-changes")
    lone.app.running.finish()
    assert "The settings say to stay offline." in _part(client.get(HERE).text, "catalogue")
