"""Health in the browser: asked for by keyboard, and told when it is there without loading anything anew."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, expect
from tests.support import records
from tests.support.browsers import DESKTOP, NARROW, Sheet, tab
from tests.support.stages import shown

from completist.app import App
from completist.app.finding import Finding
from completist.store import answers


def _sound(sheet: Sheet) -> None:
    for scheme, size in (("light", DESKTOP), ("dark", NARROW)):
        sheet.turn(size, scheme)
        sheet.page.evaluate("scrollTo(0, 0)")  # what lies half under the bar below counts as too small
        assert sheet.violations() == []
        assert sheet.overflow() <= 0
    assert sheet.refused() == []
    assert sheet.complaints == []


def test_everything_is_checked_and_what_can_be_mended_is_mended(browser: Browser, lived_in: App) -> None:
    lived_in.ledger.pause("hardcover")
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/settings")
        page.locator("#content").get_by_role("link", name="Health").last.click()
        page.get_by_role("button", name="Check everything").press("Enter")
        checks = page.locator("#live-checks")
        expect(checks).to_contain_text("hardcover has been paused")
        expect(checks).to_contain_text("each copy has its file")
        _sound(sheet)
        checks.get_by_role("button", name="Go on").press("Enter")
        expect(checks).not_to_contain_text("hardcover has been paused")
        assert not any(each.paused for each in lived_in.ledger.pipelines())


def test_the_index_is_made_anew_while_one_looks(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, let_go, rebuild = Event(), Event(), Finding.rebuild

    def slowly(self: Finding, told: object, stop: object, kind: str) -> int:
        told(1, 4)  # type: ignore[operator]  # as the engine calls it
        half.set()
        assert let_go.wait(60)
        return rebuild(self, told, stop, kind)  # type: ignore[arg-type]  # likewise

    with records.opened(tmp_path) as app:
        if app.finding.state().why:
            pytest.skip("no model is installed")
        monkeypatch.setattr(Finding, "rebuild", slowly)
        with shown(app, worker=False) as url, tab(browser, url) as sheet:
            page = sheet.go("/settings/health")
            meaning = page.locator("#live-meaning")
            meaning.get_by_role("button", name="Compare").press("Enter")
            expect(meaning).to_contain_text("The index is in step.")
            meaning.get_by_role("button", name="Make anew").press("Enter")
            expect(meaning).to_contain_text("1 of 4")
            assert half.is_set()
            expect(meaning.get_by_role("button", name="Stop")).to_be_visible()
            _sound(sheet)
            let_go.set()
            expect(meaning).to_contain_text("20 vectors were put into the index.")
            _sound(sheet)


def test_old_answers_are_forgotten_by_keyboard(browser: Browser, lived_in: App) -> None:
    with lived_in.database.write() as connection:
        long_ago = lived_in.now() - 300 * answers.DAY
        answers.write_answers(connection, "openlibrary", {"isbn13:1": []}, long_ago)
        answers.write_answers(connection, "dnb", {"isbn13:2": []}, long_ago)
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        page = sheet.go("/settings")
        page.get_by_text("What they have said").press("Enter")
        forget = page.get_by_role("button", name="Forget 2 answers")
        expect(forget).to_be_visible()
        _sound(sheet)
        sheet.turn(DESKTOP, "light")
        forget.press("Enter")
        expect(page.locator("#live-answers")).to_contain_text("2 answers were forgotten.")
        assert sum(each.kept.answers for each in lived_in.sources.all()) == 0
