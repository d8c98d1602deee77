"""Pages stay true by themselves: while others work, while somebody types, when the server was away."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, expect
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


def test_a_page_is_watched_however_late_its_scripts_come(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at) as sheet:
        late = iter(range(1, 9))

        def hold_up(route: Route) -> None:
            sheet.page.wait_for_timeout(120 * next(late))
            route.continue_()

        sheet.page.route("**/static/*.js*", hold_up)
        page = sheet.go("/")
        expect(page.locator("html[data-line=up]")).to_be_attached(timeout=5000)
        assert sheet.complaints == []


def test_pausing_is_seen_at_once_here_and_in_another_tab(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=True) as url, tab(browser, url) as sheet, tab(browser, url) as other:
        page = sheet.go("/jobs")
        other.go("/library")
        for each in (page, other.page):
            each.locator("html[data-line=up]").wait_for(state="attached")
        for button, told in (("Pause all", "Paused"), ("Go on", "Nothing running")):
            page.get_by_role("button", name=button).click()
            for each in (page, other.page):
                expect(each.locator("#live-jobs")).to_contain_text(told, timeout=5000)
                expect(each.locator(".line-down")).to_be_hidden()
        view, _ = lived_in.ledger.create_job("book-metadata", {"filter": {"missing": ["cover"]}}, force=True)
        lived_in.ledger.hold_job(view.job.id)
        sheet.go(f"/jobs/{view.job.id}")
        expect(page.locator("#live-drawer")).to_contain_text("Waiting", timeout=5000)
        page.locator("#live-drawer").get_by_role("button", name="Go on").click()
        expect(page.locator("#live-drawer")).to_contain_text("Done", timeout=20_000)
        expect(other.page.locator("#live-jobs")).to_contain_text("Nothing running", timeout=5000)


def test_a_page_that_was_exchanged_in_place_is_watched_instead(browser: Browser, lived_in: App) -> None:
    with shown(lived_in, worker=False) as url, tab(browser, url) as sheet:
        item = next(view.id for view in lived_in.items("book") if {"pages", "published"} <= set(view.gaps))
        page = sheet.go(f"/items/{item}")
        page.locator("html[data-line=up]").wait_for(state="attached")
        with page.expect_request(lambda asked: "/live" in asked.url and "edit" in asked.url):
            page.locator("#row-pages").get_by_role("link").click()
        page.locator("#value-pages").fill("12")
        lived_in.set(item, {"published": "1999-03"})
        expect(page.locator("#row-published")).to_contain_text("1999-03", timeout=5000)
        expect(page.locator("#value-pages")).to_have_value("12")
        expect(page.locator("#value-pages")).to_be_focused()
        assert sheet.complaints == []
