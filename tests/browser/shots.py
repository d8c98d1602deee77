"""Pictures of every page and state, desktop and phone, light and dark; and the few small ones of the tour.

Run by ``make shots``; they go into ``shots/``, and with ``--tour`` into ``docs/tour/`` as well.
"""

from __future__ import annotations

import sys
import tempfile
from base64 import b64decode
from pathlib import Path

from playwright.sync_api import Page
from tests.support import browsers, records, stages
from tests.support.browsers import DESKTOP, PHONE, tab
from tests.support.stages import shown

ROOT = Path(__file__).parents[2]
SHOTS, TOUR = ROOT / "shots", ROOT / "docs" / "tour"

PAGES = {
    "home": "/",
    "library": "/library",
    "library-missing": "/library?missing=cover&sort=gaps",
    "library-rows": "/library?view=rows",
    "library-nothing": "/library?q=zzzz",
    "item": "/items/1",
    "item-typing": "/items/1?edit=pages",
    "author": "/library?kind=author",
    "review": "/review",
    "jobs": "/jobs",
    "job": "/jobs/1",
    "imports": "/imports?new=1",
    "settings": "/settings",
    "login": "/login",
    "keys": "/#keys",
    "chosen": "/library#chosen",
    "fill": "/#fill",
}

#: Of a small collection of records.
RECORDS = {
    "tracks": "/library?kind=track",
    "track": "/items/1",
    "search": "/search",
    "found": "/search?q=slow+songs+about+leaving+home",
    "near": "/search?like=1",
    "nothing-found": "/search?q=zzzz&artist=nobody",
}

#: What the tour shows, by the name of its picture.
SHOWN = ("home", "library", "library-missing", "item", "found", "review", "job", "imports", "settings")


def main() -> None:
    """Take them all."""
    if browsers.find() is None:
        sys.exit(f"No chromium was found: apt install chromium, or name one in {browsers.VARIABLE}.")
    touring = "--tour" in sys.argv
    SHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as held, browsers.launched() as browser:
        folder = Path(held)
        (folder / "records").mkdir()
        stages.furnish(folder / "library")
        for size, name in ((DESKTOP, "desktop"), (PHONE, "phone")):
            for scheme in ("light", "dark"):
                ending = f"{name}-{scheme}.png"
                with (
                    stages.opened(folder / f"new-{name}-{scheme}") as app,
                    shown(app, worker=False) as url,
                    tab(browser, url, size, scheme) as sheet,
                ):
                    sheet.go("/").screenshot(path=SHOTS / f"welcome-{ending}")
                for stage, paths in (
                    (stages.opened(folder / "library"), PAGES),
                    (records.opened(folder / "records"), RECORDS),
                ):
                    with (
                        stage as app,
                        shown(app, worker=False) as url,
                        tab(browser, url, size, scheme) as sheet,
                    ):
                        for title, path in paths.items():
                            page = sheet.go(path)
                            prepare(page, title)
                            page.screenshot(path=SHOTS / f"{title}-{ending}")
                            if touring and title in SHOWN and (size, scheme) == (DESKTOP, "light"):
                                keep_for_the_tour(page, title)
    sys.stdout.write(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS.name}/\n")


def prepare(page: Page, title: str) -> None:
    """Bring a page into the state that its picture is of."""
    if title != "login":
        page.locator('html[data-line="up"]').wait_for(state="attached")
    if title not in ("library", "home"):
        page.evaluate("document.querySelectorAll('.toast').forEach((each) => { each.hidden = true; })")
    match title:
        case "keys":
            page.evaluate("document.querySelector('#keys').showModal()")
        case "fill":
            page.get_by_role("button", name="Fill gaps…").first.click()
            page.locator("#sheet-form").wait_for()
        case "chosen":
            page.locator(".pick").first.check(force=True)
            page.locator(".pick").nth(1).check(force=True)


def keep_for_the_tour(page: Page, name: str) -> None:
    """A small picture of a page, for documents."""
    TOUR.mkdir(exist_ok=True)
    clip = {"x": 0, "y": 0, "width": DESKTOP[0], "height": DESKTOP[1], "scale": 2 / 3}
    asked = {"format": "webp", "quality": 68, "clip": clip}
    told = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    (TOUR / f"{name}.webp").write_bytes(b64decode(told["data"]))


if __name__ == "__main__":
    main()
