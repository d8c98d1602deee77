"""Finding tracks in the browser: by keyboard, narrowed, near to one, with a model and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.support import records
from tests.support.browsers import NARROW, PHONE, tab
from tests.support.stages import shown

STATES = {
    "begin": "/search",
    "found": "/search?q=slow+songs+about+leaving+home",
    "narrowed": "/search?q=night&year_from=1960&year_to=1979&key=E+minor",
    "near": "/search?like=1",
    "nothing": "/search?q=zzzz&artist=nobody",
    "albums": "/library?kind=track",
    "item": "/items/1",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a collection of records that can be found by meaning; its URL."""
    with records.opened(tmp_path_factory.mktemp("records")) as app, shown(app, worker=False) as url:
        yield url


@pytest.fixture(scope="module")
def wordy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same without a model."""
    folder = tmp_path_factory.mktemp("wordy")
    with records.opened(folder, meaning=False) as app, shown(app, worker=False) as url:
        yield url


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_sound_in_light_and_dark(browser: Browser, shop: str, wordy: str, state: str) -> None:
    for base, scheme, size in ((shop, "light", (1440, 900)), (shop, "dark", PHONE), (wordy, "light", PHONE)):
        with tab(browser, base, size, scheme) as sheet:
            page = sheet.go(STATES[state])
            assert sheet.violations() == []
            assert sheet.refused() == []
            assert sheet.overflow() <= 0
            page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
            assert sheet.overflow() <= 0
            assert sheet.complaints == []


def test_tracks_are_found_narrowed_and_compared_by_keyboard(browser: Browser, shop: str) -> None:
    with tab(browser, shop) as sheet:
        page = sheet.go("/")
        page.get_by_role("navigation", name="Main", exact=True).get_by_role(
            "link", name="Find tracks"
        ).focus()
        page.keyboard.press("Enter")
        box = page.get_by_label("What to look for")
        expect(box).to_be_focused()
        page.keyboard.type("slow leaving home")
        page.keyboard.press("Enter")
        hits = page.locator(".hit")
        expect(hits.first).to_contain_text("She's Leaving Home")
        expect(hits.first).to_contain_text("Meaning")
        page.keyboard.press("j")
        expect(hits.first.get_by_role("link", name="She's Leaving Home", exact=True)).to_be_focused()
        page.get_by_text("Narrow it down").press("Enter")
        page.get_by_label("Released from").fill("1990")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{shop}/search?q=slow+leaving+home&year_from=1990")
        expect(hits.first).not_to_contain_text("She's Leaving Home")
        page.get_by_role("link", name="Drop all").click()
        hits.first.get_by_role("link", name="More like this").press("Enter")
        expect(page.get_by_role("heading", name="Near to She's Leaving Home")).to_be_visible()
        expect(hits.first).not_to_contain_text("She's Leaving Home")
        page.get_by_role("heading", name="Near to").get_by_role("link").press("Enter")
        page.get_by_role("link", name="More like this").press("Enter")
        expect(page).to_have_url(f"{shop}/search?like=1")


def test_without_a_model_the_page_says_what_to_do(browser: Browser, wordy: str) -> None:
    with tab(browser, wordy) as sheet:
        page = sheet.go("/search?q=night")
        expect(page.get_by_text("By words alone for now.")).to_be_visible()
        expect(page.get_by_text("completist index model")).to_be_visible()
        expect(page.locator(".hit")).not_to_have_count(0)


def test_covers_of_tracks_are_square(browser: Browser, shop: str) -> None:
    with tab(browser, shop) as sheet:
        for path in ("/library?kind=track", "/items/1", "/search?q=night"):
            box = sheet.go(path).locator(".cover").first.bounding_box()
            assert box is not None
            assert abs(box["width"] - box["height"]) < 1, path
