"""A browser before a real server. Without a browser, what was not tested is named at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.support import browsers, stages
from tests.support.browsers import NO_BROWSER, Sheet, tab

from completist.app import App

HERE = Path(__file__).parent

expect.set_options(timeout=30_000)  # a busy machine is no fault of the page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what a browser has to do with have another chance: it shares two cores with whatever else runs."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested for want of a browser."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = sorted(report.nodeid for report in skipped if NO_BROWSER in str(report.longrepr))
    if missing:
        terminalreporter.section("NOT TESTED IN A BROWSER", sep="!", red=True, bold=True)
        terminalreporter.write_line(
            f"Install chromium (apt install chromium), or name one in {browsers.VARIABLE}. Left out were:"
        )
        for name in missing:
            terminalreporter.write_line(f"  {name}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. For one module: as long as it is open, its event loop is in the way of other tests' loops."""
    if browsers.find() is None:
        pytest.skip(f"{NO_BROWSER} was found: see the end of the output")
    with browsers.launched() as found:
        yield found


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library that somebody has lived in, made once for all processes of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "stage"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            stages.furnish(making)
            making.rename(folder)
    return folder


@pytest.fixture
def lived_in(furnished: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of it for one test."""
    folder = tmp_path / "library"
    shutil.copytree(furnished, folder)
    with stages.opened(folder) as app:
        yield app


@pytest.fixture(scope="module")
def looked_at(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a copy of it that is only looked at; its URL."""
    folder = tmp_path_factory.mktemp("looked-at") / "library"
    shutil.copytree(furnished, folder)
    with stages.opened(folder) as app, stages.shown(app) as url:
        yield url


@pytest.fixture(scope="module")
def turning(browser: Browser, looked_at: str) -> Iterator[Sheet]:
    """One tab for all pages that are only looked at: what it has fetched for one it need not fetch for the next."""
    with tab(browser, looked_at) as sheet:
        yield sheet
