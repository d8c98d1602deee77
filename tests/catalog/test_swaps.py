"""Readers at work while generations change: each answer comes from one of them as a whole, and none is missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support import dumps, postgres
from tests.support.dumps import author, edition, work

from completist.catalog import build, generations
from completist.catalog.opening import open_from
from completist.catalog.overlaid import Filed
from completist.catalog.overlay import Overlay
from completist.catalog.postgres import publish
from completist.sdk.catalogue import Author, Edition, EditionView, Query, Work

SWAPS = 10
BOOKS = 5
ISBNS = ["9780000000002", "9780000000019", "9780000000026", "9780000000033", "9780000000040"]
NUMBERS = [f"oclc:{number}" for number in range(1, BOOKS + 1)]


def lines(mark: int) -> list[str]:
    """Books in whose every record the generation's mark stands."""
    every = []
    for n, isbn in enumerate(ISBNS, start=1):
        every += [
            author(n, f"Ada Marked{mark}"),
            work(n, f"Lantern Voyage {n}", authors=[n], subjects=[str(mark)]),
            edition(
                n, f"Lantern {n}", works=[n], isbn_13=[isbn], oclc_numbers=[str(n)], publishers=[str(mark)]
            ),
        ]
    return every


def marks_of(view: EditionView) -> set[str]:
    assert view.work is not None
    (name,) = view.authors
    return {*view.edition.publishers, *view.work.subjects, name.name.removeprefix("Ada Marked")}


def look(catalogue: Filed) -> None:
    """Look everything up; raises when something is missing, or of two generations at once."""
    for found, asked in ((catalogue.by_isbn(ISBNS), ISBNS), (catalogue.by_number(NUMBERS), NUMBERS)):
        assert list(found) == asked
        (_mark,) = set[str]().union(*(marks_of(view) for (view,) in found.values()))
    records = catalogue.by_key(["OL1M", "OL1W", "OL1A"])
    edition_, work_, author_ = records["OL1M"], records["OL1W"], records["OL1A"]
    assert isinstance(edition_, Edition)
    assert isinstance(work_, Work)
    assert isinstance(author_, Author)
    assert edition_.publishers == work_.subjects == (author_.name.removeprefix("Ada Marked"),)
    (hits,) = catalogue.search([Query("lantern voyage 3", "ada")])
    assert hits[0].work == "OL3W"


@contextmanager
def reading(catalogue: Filed, readers: int = 2) -> Iterator[Callable[[], None]]:
    """Readers that look everything up without a pause; yields a wait for each to have done so once more."""
    over, failed = threading.Event(), list[BaseException]()
    done = [0] * readers
    again = threading.Condition()

    def read(number: int) -> None:
        try:
            while not over.is_set():
                look(catalogue)
                with again:
                    done[number] += 1
                    again.notify_all()
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failed.append(error)
            with again:
                again.notify_all()

    def once_more() -> None:
        with again:
            goals = [count + 1 for count in done]
            again.wait_for(lambda: failed or all(a >= b for a, b in zip(done, goals, strict=True)), 60)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    try:
        once_more()
        yield once_more
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert min(done) > SWAPS


@pytest.mark.parametrize("form", ["folder", "overlaid", "postgresql"])
def test_readers_attached_during_ten_swaps_miss_nothing(
    form: str, root: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    dump = tmp_path / "dump.txt"
    build(root, [dumps.write(dump, lines(0))])
    if form == "overlaid":
        Overlay(root).put([work(77, "Something else").encode()])
    with _database(form, request) as url:
        if url:
            publish(generations.current(root), url)
        catalogue = open_from(root, url)
        seen = {catalogue.generation()}
        with reading(catalogue) as once_more:
            for swap in range(1, SWAPS + 1):
                build(root, [dumps.write(dump, lines(swap))])
                if url:
                    assert publish(generations.current(root), url)
                once_more()
                seen.add(catalogue.generation())
        assert len(seen) == SWAPS + 1
        catalogue.close()
    assert len(list(root.glob("gen-*"))) == generations.KEPT


@contextmanager
def _database(form: str, request: pytest.FixtureRequest) -> Iterator[str]:
    if form != "postgresql":
        yield ""
        return
    server: str = request.getfixturevalue("postgres_server")
    with postgres.created(server, f"completist_test_{uuid4().hex[:12]}") as url:
        yield url
