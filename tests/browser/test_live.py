"""Pages stay true by themselves: while others work, while somebody types, when the server was away."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect
from tests.support.browsers import tab
from tests.support.stages import shown

from completist.app import App


def test_what_others_do_appears_and_what_is_typed_stays(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet, tab(browser, url) as other:
        item = next(view.id for view in lived_in.items("book") if {"pages", "published"} <= set(view.gaps))
        page = sheet.go(f"/items/{item}?edit=pages")
        page.locator("html[data-line=up]").wait_for(state="attached")
        page.locator("#value-pages").fill("12")
        other.go(f"/items/{item}?edit=published")
        other.page.locator("#value-published").fill("1999-03")
        other.page.keyboard.press("Enter")
        expect(page.locator("#row-published")).to_contain_text("1999-03", timeout=5000)
        expect(page.locator("#value-pages")).to_have_value("12")
        expect(page.locator("#value-pages")).to_be_focused()
        assert sheet.complaints == []


def test_progress_is_told_by_the_server_and_ends(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=True) as url, tab(browser, url) as sheet, tab(browser, url) as other:
        page = sheet.go("/jobs")
        other.go("/")
        page.locator("html[data-line=up]").wait_for(state="attached")
        view, new = lived_in.ledger.create_job("book-metadata", force=True)
        assert new
        row = page.locator(f"#job-{view.job.id}")
        expect(row).to_contain_text("Done", timeout=60_000)
        expect(row).to_contain_text(f"{view.job.total} of {view.job.total}")
        expect(other.page.locator(f"#toast-{view.job.id}")).to_contain_text(
            f"{view.job.total} / {view.job.total}"
        )


def test_a_server_that_was_away_is_waited_for_and_its_state_is_shown(browser: Browser, lived_in: App) -> None:
    with ExitStack() as tabs:
        with shown(lived_in, worker=False) as url:
            sheet = tabs.enter_context(tab(browser, url))
            page = sheet.go("/")
            page.locator("html[data-line=up]").wait_for(state="attached")
        expect(page.locator(".line-down")).to_be_visible(timeout=15_000)
        lived_in.accept(next(lived_in.proposals()).id)
        with shown(lived_in, port=urlsplit(url).port or 0, worker=False):
            expect(page.locator(".line-down")).to_be_hidden(timeout=5000)
            expect(page.locator("#live-side .hot")).to_have_text(str(lived_in.waiting()))
