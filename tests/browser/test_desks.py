"""Covers, commits and cards in the browser: from the button to what the library says then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.support.browsers import NARROW, PHONE, tab
from tests.support.painting import cover
from tests.support.repositories import note_taking
from tests.support.shops import UNKNOWN, known, opened_shop
from tests.support.stages import shown

from completist.app import App
from completist.app.cards import Selector
from completist.domain.fields import Origin
from completist.settings import Settings


@pytest.fixture
def noted(tmp_path: Path) -> Iterator[App]:
    """A library with a repository of notes; no Anki runs."""
    repo = note_taking(tmp_path / "allowed" / "notes")
    url = f"sqlite:///{tmp_path / 'library.db'}"
    settings = Settings(
        tmp_path, url, offline=True, repositories=(repo.path.parent,), anki_connect="http://127.0.0.1:9"
    )
    with App(settings) as app:
        app.cards.shelf.add(str(repo.path))
        yield app


def test_missing_covers_are_fetched_by_keyboard_until_there_are_none(
    browser: Browser, sqlite_template: Path, tmp_path: Path
) -> None:
    with opened_shop(sqlite_template, tmp_path) as shop:
        ids = shop.bring(shop.app, *known(21), UNKNOWN)
        with shop.serving() as url, tab(browser, url) as sheet:
            page = sheet.go("/library?kind=book")
            page.get_by_label("More").focus()
            page.keyboard.press("Enter")
            assert sheet.violations() == []
            page.keyboard.press("Tab")
            expect(page.locator("#fetch-covers")).to_be_focused()
            page.keyboard.press("Enter")
            told = page.locator("#told")
            expect(told).to_contain_text("20/20 covers found", timeout=30_000)
            assert sheet.violations() == []
            expect(page.locator("#more-covers")).to_be_focused()
            page.keyboard.press("Enter")
            expect(told).to_contain_text("21/22 covers found", timeout=30_000)
            expect(page.locator("#more-covers")).to_have_count(0)
            expect(page.locator("#live-grid .cover img")).to_have_count(21)
            assert len(shop.app.covers.shown(ids)) == 21
            page.get_by_role("link", name="Nobody ever wrote this").click()
            page.get_by_role("link", name="Choose a cover…").click()
            expect(page.locator("#offers")).to_contain_text("No cover is offered", timeout=20_000)
            page.locator("#own").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no"})
            expect(page.locator("[data-told]")).to_contain_text("no picture")
            page.locator("#own").set_input_files(
                {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": cover()}
            )
            expect(page.locator("#told")).to_contain_text("nothing replaces it")
            (mine,) = [each for each in shop.app.covers.shown(ids).values() if each.origin is Origin.USER]
            assert mine.picture is not None
            assert sheet.refused() == []
            assert [each for each in sheet.complaints if "422" not in each] == []


def test_commits_become_cards_and_a_package_where_there_is_no_anki(browser: Browser, noted: App) -> None:
    with shown(noted, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/commits")
        page.locator("[data-row]").first.focus()
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.locator("#chosen-told")).to_have_text("2 new")
        page.get_by_role("button", name="Generate cards").click()
        expect(page.locator("#told")).to_contain_text("Processing queued")
        (view,) = noted.ledger.jobs(limit=1)
        noted.cards.work_off(view.job.id)
        expect(page.locator("#live-commits tbody tr .chip.ok")).to_have_count(2)  # by itself, row by row
        expect(page.locator("#live-commits tbody tr")).to_have_count(2)
        sheet.go("/commits")
        expect(page.locator("#live-floor")).to_contain_text("2 cards generated")
        expect(page.locator("#live-commits")).to_contain_text("Processed")
        page.get_by_role("link", name="2 cards generated").click()
        expect(page.locator(".flash")).to_contain_text("What never decreases?")
        page.keyboard.press("a")
        expect(page.locator(".flash")).to_contain_text("Define: Heat")
        page.keyboard.press("u")
        expect(page.locator(".flash")).to_contain_text("What never decreases?")
        page.keyboard.press("e")
        expect(page.locator("#part-front")).to_be_focused()
        page.locator("#part-back").fill("The entropy of what is isolated.")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".flash")).to_contain_text("Define: Heat")
        page.keyboard.press("d")
        expect(page.locator("#c-main")).to_contain_text("Nothing waits")
        assert noted.cards.count() == {"edited": 1, "discarded": 1}
        page.get_by_role("button", name="Push to Anki").click()
        expect(page.locator("#told")).to_contain_text("Anki not detected, exported .apkg instead")
        with page.expect_download() as coming:
            page.locator("#told").get_by_role("link", name="cards.apkg").click()
        assert Path(coming.value.path()).read_bytes().startswith(b"PK")
        assert sheet.complaints == []


def test_a_repository_is_registered_before_there_is_any(browser: Browser, noted: App) -> None:
    shelf = noted.cards.shelf
    shelf.remove(shelf.named("notes"))
    with shown(noted, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/")
        page.locator("#live-side").get_by_role("link", name="Commits").click()
        expect(page.locator("main")).to_contain_text("No repository yet")
        page.locator("#around").get_by_role("button", name="Register").click()
        expect(page.locator("#told")).to_contain_text("notes: 2 commits read.")
        expect(page.locator("#live-commits tbody tr")).to_have_count(2)
        for scheme, size in (("light", (1440, 900)), ("dark", PHONE)):
            with tab(browser, url, size, scheme) as other:
                other.go("/commits")
                assert other.violations() == []
                assert other.overflow() <= 0
        assert sheet.complaints == []


def test_a_repository_is_forgotten_by_keyboard_once_it_was_said_what_goes(
    browser: Browser, noted: App
) -> None:
    with shown(noted, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/commits")
        remove = page.get_by_role("link", name="Forget notes…")
        remove.focus()
        page.keyboard.press("Enter")
        asked = page.locator("#sheet[open]")
        expect(asked).to_contain_text("2 commits, 0 cards")
        for scheme, size in (("light", (1440, 900)), ("dark", NARROW)):
            sheet.turn(size, scheme)
            assert sheet.violations() == []
            assert sheet.overflow() <= 0
        page.keyboard.press("Escape")
        expect(asked).to_have_count(0)
        assert len(noted.cards.shelf.all()) == 1
        remove.focus()
        page.keyboard.press("Enter")
        asked.get_by_role("button", name="Forget it").press("Enter")
        expect(page.locator("#told")).to_contain_text("notes is forgotten, with 2 commits.")
        expect(page.locator("main")).to_contain_text("No repository yet")
        assert noted.cards.shelf.all() == []
        assert sheet.refused() == []
        assert sheet.complaints == []
    with shown(noted, worker=False) as url, tab(browser, url, PHONE, "dark") as plain:
        noted.cards.shelf.add(str(noted.settings.repositories[0] / "notes"))
        number = noted.cards.shelf.named("notes").id
        plain.go(f"/commits/repositories/{number}/remove")
        assert plain.violations() == []
        assert plain.overflow() <= 0


def test_a_job_in_dev_mode_has_a_verbose_log(browser: Browser, noted: App) -> None:
    view, _, _ = noted.cards.reprocess(Selector())
    noted.cards.work_off(view.job.id)
    noted.cards.prefer(dev_mode=True)
    with shown(noted, worker=False) as url, tab(browser, url, NARROW) as sheet:
        page = sheet.go(f"/jobs/{view.job.id}")
        page.get_by_text("Verbose log").click()
        expect(page.locator("#verbose .log")).to_contain_text("success blocks=2 added=2 parser-")
        assert sheet.violations() == []
        assert sheet.overflow() <= 0
        assert sheet.complaints == []


@pytest.mark.parametrize(
    "path",
    ["/commits", "/commits?since=2020-01-01&path=*", "/cards", "/cards/1?edit=yes", "/cards?state=discarded"],
)
def test_a_page_of_cards_is_sound_in_light_and_dark(browser: Browser, noted: App, path: str) -> None:
    view, _, _ = noted.cards.reprocess(Selector())
    noted.cards.work_off(view.job.id)
    noted.cards.prefer(dev_mode=True)
    with shown(noted, worker=False) as url:
        for scheme, size in (("light", (1440, 900)), ("dark", PHONE)):
            with tab(browser, url, size, scheme) as sheet:
                page = sheet.go(path)
                assert sheet.violations() == []
                assert sheet.refused() == []
                assert sheet.overflow() <= 0
                if size == PHONE:
                    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
                    assert sheet.overflow() <= 0
                assert sheet.complaints == []


def test_the_picker_of_covers_is_sound(browser: Browser, looked_at: str) -> None:
    for scheme, size in (("light", (1440, 900)), ("dark", NARROW)):
        with tab(browser, looked_at, size, scheme) as sheet:
            page = sheet.go("/items/1/covers")
            expect(page.locator("#offers [role=status]")).to_contain_text("offered")
            assert sheet.violations() == []
            assert sheet.refused() == []
            assert sheet.overflow() <= 0
            assert sheet.complaints == []
