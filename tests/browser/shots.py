"""Pictures of every page and state, desktop and phone, light and dark; and the few small ones of the tour.

Run by ``make shots``; they go into ``shots/``, and with ``--tour`` into ``docs/tour/`` as well. Names of pages behind
it take only those.
"""

from __future__ import annotations

import sys
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.support import browsers, records, stages
from tests.support.browsers import DESKTOP, PHONE, tab
from tests.support.repositories import note_taking
from tests.support.stages import shown

from completist.app import App
from completist.app.cards import Selector
from completist.settings import Settings
from completist.simulator.simulator import Simulator

ROOT = Path(__file__).parents[2]
SHOTS, TOUR = ROOT / "shots", ROOT / "docs" / "tour"

PAGES = {
    "home": "/",
    "library": "/library",
    "library-missing": "/library?missing=cover&sort=gaps",
    "library-rows": "/library?view=rows&sort=title",
    "library-nothing": "/library?q=zzzz",
    "item": "/items/1",
    "item-typing": "/items/1?edit=pages",
    "item-whole": "/items/{whole}",
    "covers": "/items/{whole}/covers",
    "author": "/library?kind=author",
    "review": "/review/{several}",
    "jobs": "/jobs",
    "job": "/jobs/1",
    "asking": "/jobs/new?count=yes&force=yes&missing=cover&missing=publisher&score_below=80",
    "pipelines": "/jobs/pipelines",
    "again": "/jobs/pipelines#again",
    "imports": "/imports?new=1",
    "catalogue": "/catalogue?q=persuasion",
    "number": "/catalogue?q=9780141439785",
    "settings": "/settings",
    "schedules": "/settings#schedules",
    "answers": "/settings#answers",
    "health": "/settings/health",
    "login": "/login",
    "not-here": "/items/99999",
    "keys": "/#keys",
    "chosen": "/library#chosen",
    "fill": "/#fill",
    "undo": "/items/{whole}#undo",
}

#: Of a small collection of records.
RECORDS = {
    "tracks": "/library?kind=track",
    "track": "/items/1",
    "search": "/search",
    "found": "/search?q=slow+songs+about+leaving+home",
    "near": "/search?like=1",
    "nothing-found": "/search?q=zzzz&artist=nobody",
    "meaning": "/settings/health#meaning",
}

#: Of a repository of notes.
NOTES = {
    "commits": "/commits",
    "commits-narrowed": "/commits?since=2020-01-01&path=*.md",
    "cards": "/cards",
    "card-typing": "/cards/1?edit=yes",
    "forget": "/commits#forget",
}

#: What the tour shows, by the name of its picture.
SHOWN = (
    "home", "library", "library-missing", "item", "found", "review", "job", "imports", "settings", "schedules",
    "catalogue", "pipelines", "answers", "health", "meaning", "forget", "login",
)  # fmt: skip


#: Waits for the pictures that are in view: those below are not even asked for.
_SEEN = """Promise.all([...document.images].filter((each) => each.getBoundingClientRect().top < innerHeight)
    .map((each) => Promise.race([each.decode().catch(() => 0), new Promise((done) => setTimeout(done, 2000))])))"""


def main() -> None:
    """Take them all."""
    if browsers.find() is None:
        sys.exit(f"No chromium was found: apt install chromium, or name one in {browsers.VARIABLE}.")
    touring, wanted = "--tour" in sys.argv, [each for each in sys.argv[1:] if not each.startswith("-")]
    SHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as held, browsers.launched() as browser, Simulator() as simulator:
        folder = Path(held)
        (folder / "records").mkdir()
        stages.furnish(folder / "library")
        with stages.opened(folder / "library", simulator) as app:
            stages.dress(app)
            stages.busy(app)
        for size, name in ((DESKTOP, "desktop"), (PHONE, "phone")):
            for scheme in ("light", "dark"):
                ending = f"{name}-{scheme}.png"
                if not wanted or "welcome" in wanted:
                    with (
                        stages.opened(folder / f"new-{name}-{scheme}") as app,
                        shown(app, worker=False) as url,
                        tab(browser, url, size, scheme) as sheet,
                    ):
                        sheet.go("/").screenshot(path=SHOTS / f"welcome-{ending}")
                with stages.opened(folder / "library", simulator) as app:
                    take(browser, app, (size, scheme), ending, _of_books(app), touring=touring, wanted=wanted)
                with records.opened(folder / "records") as app:
                    take(browser, app, (size, scheme), ending, RECORDS, touring=touring, wanted=wanted)
                with noted(folder / "notes") as app:
                    take(browser, app, (size, scheme), ending, NOTES, touring=touring, wanted=wanted)
    sys.stdout.write(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS.name}/\n")


@contextmanager
def noted(folder: Path) -> Iterator[App]:
    """A library with a repository of notes, of which cards have been made."""
    new = not folder.exists()
    path = folder / "allowed" / "notes"
    if new:
        note_taking(path)
    settings = Settings(
        folder,
        f"sqlite:///{folder / 'library.db'}",
        offline=True,
        repositories=(path.parent,),
        anki_connect="http://127.0.0.1:9",
    )
    with App(settings) as app:
        if new:
            app.cards.shelf.add(str(path))
            view, _, _ = app.cards.reprocess(Selector())
            app.cards.work_off(view.job.id)
        yield app


def _of_books(app: App) -> Mapping[str, str]:
    """The pages of a library of books."""
    several = max(app.proposals(), key=lambda each: (len(each.candidates) == 2, each.confidence))
    whole = max(app.items("book"), key=lambda view: (view.completeness, len(view.values)))
    return {title: path.format(whole=whole.id, several=several.id) for title, path in PAGES.items()}


def take(
    browser: Browser,
    app: App,
    form: tuple[tuple[int, int], str],
    ending: str,
    pages: Mapping[str, str],
    *,
    touring: bool,
    wanted: list[str],
) -> None:
    """Take the pages of a library in one form."""
    size, scheme = form
    with shown(app, worker=False) as url, tab(browser, url, size, scheme) as sheet:
        for title, path in pages.items():
            if wanted and title not in wanted:
                continue
            page = sheet.go(path)
            prepare(page, title)
            page.screenshot(path=SHOTS / f"{title}-{ending}")
            if touring and title in SHOWN and form == (DESKTOP, "light"):
                keep_for_the_tour(page, title)


def prepare(page: Page, title: str) -> None:
    """Bring a page into the state that its picture is of."""
    if title not in ("login", "not-here"):
        page.locator('html[data-line="up"]').wait_for(state="attached")
    if title in STEPS:
        STEPS[title](page)
    if title not in ("library", "home"):
        page.evaluate("document.querySelectorAll('.toast').forEach((each) => { each.hidden = true; })")
    page.evaluate(_SEEN)


def _ask(page: Page, button: str) -> None:
    page.get_by_text(button).or_(page.get_by_label(button)).first.click()
    page.locator("#sheet-form").wait_for()


def _check(page: Page) -> None:
    page.get_by_role("button", name="Check everything").click()
    page.locator(".check").first.wait_for()


def _compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("The index is in step.").wait_for()


def _choose(page: Page) -> None:
    page.locator(".pick").first.check(force=True)
    page.locator(".pick").nth(1).check(force=True)


#: What is done on a page before its picture is taken.
STEPS: Mapping[str, Callable[[Page], object]] = {
    "keys": lambda page: page.evaluate("document.querySelector('#keys').showModal()"),
    "fill": lambda page: _ask(page, "Fill gaps…"),
    "again": lambda page: _ask(page, "again…"),
    "undo": lambda page: _ask(page, "Take back what book-metadata wrote…"),
    "health": _check,
    "meaning": _compare,
    "forget": lambda page: _ask(page, "Forget notes…"),
    "answers": lambda page: page.get_by_text("What they have said").click(),
    "covers": lambda page: page.locator("#offers [role=status]", has_text="offered").wait_for(),
    "chosen": _choose,
}


def keep_for_the_tour(page: Page, name: str) -> None:
    """A small picture of a page, for documents."""
    TOUR.mkdir(exist_ok=True)
    top = page.evaluate("window.scrollY")  # a page that was opened at an anchor shows what is there
    clip = {"x": 0, "y": top, "width": DESKTOP[0], "height": DESKTOP[1], "scale": 2 / 3}
    asked = {"format": "webp", "quality": 68, "clip": clip}
    told = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    (TOUR / f"{name}.webp").write_bytes(b64decode(told["data"]))


if __name__ == "__main__":
    main()
