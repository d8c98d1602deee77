"""A small catalogue, a list with real-life oddities, and the command as a person calls it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.dumps import author, edition, work, write

from completist.cli.running import run
from completist.store.owning import own

BOOKS = [  # number, title, author, year, ISBN
    (1, "Pride and Prejudice", "Jane Austen", 1813, "9780141439518"),
    (2, "Emma", "Jane Austen", 1815, "9780141439587"),
    (3, "Frankenstein", "Mary Shelley", 1818, "9780141439471"),
    (4, "Dracula", "Bram Stoker", 1897, "9780141439846"),
    (5, "The Time Machine", "H. G. Wells", 1895, "9780141439976"),
    (6, "The War of the Worlds", "H. G. Wells", 1898, "9780141441030"),
    (7, "Jane Eyre", "Charlotte Brontë", 1847, "9780141441146"),
    (8, "Silas Marner", "George Eliot", 1861, "9780141439754"),
]
EXPORT = "goodreads_library_export.csv"
HEADER = ("Book Id", "Title", "Author", "ISBN", "ISBN13", "My Rating", "Publisher", "Exclusive Shelf")
ROWS = [
    ("101", "Pride and Prejudice", "Jane Austen", "", "9780141439518", "5", "", "read"),
    ("102", "Jane Eyre", "Charlotte Brontë", "", "", "4", "Smith", "read"),
    ("103", "Frankenstein", "Mary Shelley", "", "9780141439587", "0", "", "to-read"),  # Emma's ISBN
    ("104", "The Time Machine", "H. G. Wells", "", "9780141439846", "0", "", "to-read"),  # Dracula's
    ("105", "Silas Marner", "George Eliot", "", "9780141441030", "3", "", "read"),  # The War of the Worlds'
    (
        "106",
        "A Book That Nobody Knows",
        "Nobody At All",
        "",
        "9780000000000",
        "0",
        "",
        "to-read",
    ),  # bad digit
]


@dataclass(frozen=True)
class Result:
    """What one call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is what it is
        return json.loads(self.out)

    @property
    def error(self) -> Any:  # noqa: ANN401 - likewise
        return json.loads(self.err)["error"]


Call = Callable[..., Result]


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def run_process(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    environment = {**os.environ, "COMPLETIST_DATA": str(data), "COLUMNS": "80"}
    command = [sys.executable, "-m", "completist", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.fixture(scope="session")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = list(dict.fromkeys(name for _, _, name, _, _ in BOOKS))
    lines = [author(n, name, birth_date=str(1770 + n), bio="") for n, name in enumerate(names, 1)]
    for number, title, name, year, isbn in BOOKS:
        who = names.index(name) + 1
        lines.append(work(number, title, authors=[who], first_publish_date=str(year), subjects=["Classics"]))
        lines.append(
            edition(
                number,
                title,
                works=[number],
                authors=[who],
                isbn_13=[isbn],
                publishers=["Penguin"],
                publish_date="2003",
                number_of_pages=300 + number,
                languages=[{"key": "/languages/eng"}],
            )
        )
    lines.append("this is no record")
    return write(tmp_path_factory.mktemp("dump") / "ol_dump.txt.gz", lines)


@pytest.fixture(scope="session")
def loaded(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a catalogue and no library yet."""
    data = tmp_path_factory.mktemp("loaded")
    done = run_process(data, "catalog", "load", str(dump))
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(loaded, tmp_path / "data"))


@pytest.fixture(scope="session")
def looked_up(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library into which the list was imported, and which was filled."""
    folder = tmp_path_factory.mktemp("looked-up")
    data, export = Path(shutil.copytree(loaded, folder / "data")), folder / EXPORT
    export.write_text(table(ROWS), encoding="utf-8")
    for arguments in (("import", str(export)), ("fill",)):
        done = run_process(data, *arguments)
        assert done.returncode == 0, done.stderr
    return data / "library.db"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / EXPORT
    path.write_text(table(ROWS), encoding="utf-8")
    return path


@pytest.fixture
def completist(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command within this process, on the library in `data`."""
    monkeypatch.setenv("COMPLETIST_DATA", str(data))

    def call(*arguments: str, stdin: str | None = None) -> Result:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def serving(data: Path) -> Iterator[str]:
    """A server that owns the library in `data` (and does nothing); its address."""
    url = "http://127.0.0.1:8337"
    with own(data / "library.db", "serve", url):
        yield url


@pytest.fixture
def filled(completist: Call, export: Path, looked_up: Path, data: Path) -> Call:
    """The same, with the list imported and filled: two books certain, three to review, one unknown."""
    shutil.copyfile(looked_up, data / looked_up.name)
    return completist
