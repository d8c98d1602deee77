"""Every page and state: nothing that axe finds, nothing that the policy refuses, nothing that is wider than a phone."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import Browser, Response
from tests.support.browsers import DESKTOP, NARROW, PHONE, Sheet, tab

PAGES = {
    "home": "/",
    "library": "/library",
    "rows": "/library?view=rows&missing=cover&sort=gaps",
    "authors": "/library?kind=author",
    "nothing": "/library?q=zzzz",
    "item": "/items/1",
    "typing": "/items/1?edit=description",
    "author": "/items/300",
    "review": "/review",
    "jobs": "/jobs",
    "job": "/jobs/1",
    "asking": "/jobs/new?count=yes&force=yes&missing=cover&older=90",
    "pipelines": "/jobs/pipelines",
    "again": "/jobs/pipelines/book-metadata/again",
    "settings": "/settings",
    "health": "/settings/health",
    "key": "/settings?key=googlebooks",
    "imports": "/imports?new=1",
    "catalogue": "/catalogue?q=the+mayor",
    "number": "/catalogue?q=9780141439785",
    "unknown": "/catalogue?q=zzqx",
    "missing": "/items/99999",
    "login": "/login",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_in_light_and_dark(turning: Sheet, name: str) -> None:
    turning.complaints.clear()
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        turning.turn(size, scheme)
        turning.go(PAGES[name])
        assert turning.violations() == []
        assert turning.overflow() <= 0
        assert turning.refused() == []
    turning.turn(NARROW, "dark")
    assert turning.overflow() <= 0
    allowed = "404" if name == "missing" else None
    assert [each for each in turning.complaints if allowed is None or allowed not in each] == []


def test_sheets_and_the_list_of_keys_are_sound(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at) as sheet:
        page = sheet.go("/")
        page.keyboard.press("?")
        page.locator("#keys[open]").wait_for()
        for scheme in ("light", "dark"):
            sheet.turn(DESKTOP, scheme)
            assert sheet.violations() == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Fill gaps…").click()
        page.locator("#sheet[open]").wait_for()
        for scheme in ("light", "dark"):
            sheet.turn(DESKTOP, scheme)
            assert sheet.violations() == []
        assert sheet.refused() == []


def test_the_first_page_is_light(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at) as sheet:
        answers: list[Response] = []
        sheet.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it wants a function of Python
        sheet.go("/")
        sheet.page.wait_for_load_state("load")
        assert sum(_weight(each) for each in answers if "/live" not in each.url) < 100_000
        for path in ("/", "/library", "/library?view=rows", "/items/1", "/review", "/jobs", "/settings"):
            html = sheet.page.request.get(looked_at + path).text()
            assert len(html.encode()) < 60_000, path


def _weight(answer: Response) -> int:
    body = answer.body()
    return len(gzip.compress(body, 6)) if answer.headers.get("content-encoding") == "gzip" else len(body)


def test_whoever_asks_for_less_motion_gets_none(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at) as sheet:
        page = sheet.go("/library")
        longest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('*')]"
            ".map((each) => parseFloat(getComputedStyle(each).transitionDuration)))"
        )
        assert longest < 0.01


def test_one_stream_for_each_page(browser: Browser, looked_at: str) -> None:
    with tab(browser, looked_at) as sheet:
        streams: list[str] = []
        sheet.page.on("request", lambda asked: streams.append(asked.url) if "/live" in asked.url else None)
        sheet.go("/library")
        sheet.page.locator('html[data-line="up"]').wait_for(state="attached")
        assert len(streams) == 1
