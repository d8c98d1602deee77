"""A browser in the hands of a test: Debian's chromium, looked for and never fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

VARIABLE = "COMPLETIST_TEST_CHROMIUM"
NO_BROWSER = "no chromium"

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"

#: All rules of WCAG 2.2 A and AA, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

DESKTOP, PHONE, NARROW = (1440, 900), (390, 844), (320, 640)

_WATCH = """
window.__refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""

_UNSEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const shown = [at, at.parentElement].some((each) => {
    const its = getComputedStyle(each);
    const outlined = its.outlineStyle !== "none" && parseFloat(its.outlineWidth) > 0;
    return outlined || its.boxShadow.includes("0px 0px 0px 2px");
  });
  return { name: at.outerHTML.slice(0, 120), shown, inside: box.width > 0 && style.visibility !== "hidden" };
}"""


#: Style sheets are ours and stand in the page: axe need not fetch them again.
_RUN = """rules => axe.run(document,
    {runOnly: rules, resultTypes: ['violations'], preload: false, elementRef: false, iframes: false})"""


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def find() -> str | None:
    """Where a chromium lies."""
    named = os.environ.get(VARIABLE)
    found = [named] if named else map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next((each for each in found if each and Path(each).exists()), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser."""
    path = find()
    assert path is not None
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
        )
        yield browser
        browser.close()


@dataclass
class Sheet:
    """One tab, and whatever it complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )

    def go(self, path: str) -> Page:
        """Open a page, and let its typefaces come."""
        self.page.goto(self.base + path)
        self.page.evaluate("document.fonts.ready")
        return self.page

    def refused(self) -> list[str]:
        """What the browser refused by the page's own policy."""
        found: list[str] = self.page.evaluate("window.__refused")
        return found

    def violations(self) -> list[str]:
        """What axe finds fault with, whatever its weight."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate(_RUN, RULES)
        return [
            f"{each['id']}: {node['html'][:140]} {node['failureSummary'][-160:]}"
            for each in found["violations"]
            for node in each["nodes"][:3]
        ]

    def turn(self, size: tuple[int, int], scheme: str) -> None:
        """Let pages have another size and other colours from now on; what is open follows as far as it likes."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")

    def overflow(self) -> int:
        """Pixels by which a page is wider than its window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return found

    def focus(self) -> dict[str, Any] | None:
        """What has the focus, and whether that can be seen."""
        found: dict[str, Any] | None = self.page.evaluate(_UNSEEN)
        return found


@contextmanager
def tab(
    browser: Browser, base: str, size: tuple[int, int] = DESKTOP, scheme: str = "light", *, still: bool = True
) -> Iterator[Sheet]:
    """A tab of its own session."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce" if still else "no-preference",
        locale="en-GB",
    )
    context.add_init_script(_WATCH)
    context.set_default_timeout(30_000)
    try:
        yield Sheet(context.new_page(), base)
    finally:
        context.close()
