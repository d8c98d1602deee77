from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import edition

from completist.catalog import build, generations, open_catalogue
from completist.domain.errors import ActionRequired, Busy
from completist.sdk.catalogue import Query

ISBN = "9780441478125"


def test_two_builds_at_once_do_not_meet(root: Path, tmp_path: Path) -> None:
    dump = dumps.write(tmp_path / "a.txt", [edition(1)])
    with generations.building(root), pytest.raises(Busy):
        build(root, [dump])
    assert build(root, [dump]).editions == 1


def test_what_another_version_wrote_has_to_be_loaded_again(root: Path, tmp_path: Path) -> None:
    build(root, [dumps.write(tmp_path / "a.txt", [edition(1)])])
    about = root / "gen-000001" / "about.json"
    about.write_text(about.read_text().replace(f'"format": {generations.FORMAT}', '"format": 999'))
    with pytest.raises(ActionRequired, match="another version"):
        open_catalogue(root)


def in_threads(count: int, work: Callable[[], None]) -> tuple[list[threading.Thread], list[Exception]]:
    """Threads at work, and what went wrong in them."""
    wrong: list[Exception] = []

    def guarded() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  whatever it is, it is what the test looks for
            wrong.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, wrong


def test_readers_notice_nothing_while_generations_are_swapped(root: Path, tmp_path: Path) -> None:
    files = [dumps.write(tmp_path / f"{n}.txt", [edition(n, str(n), isbn_13=[ISBN])]) for n in (1, 2)]
    build(root, files[:1])
    done = threading.Event()
    seen: set[str] = set()

    def read() -> None:
        catalogue = open_catalogue(root)
        while not done.is_set():
            (view,) = catalogue.by_isbn([ISBN])[ISBN]
            assert view.edition.key == f"OL{view.edition.title}M"
            seen.add(view.edition.key)

    readers, wrong = in_threads(2, read)
    for turn in range(12):
        build(root, [files[turn % 2]])
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen == {"OL1M", "OL2M"}


def test_threads_share_a_snapshot(root: Path, tmp_path: Path) -> None:
    build(root, [dumps.write(tmp_path / "a.txt", dumps.shelf(300))])
    catalogue = open_catalogue(root)
    keys = [f"OL{n}M" for n in range(1, 301)]

    def read() -> None:
        for _ in range(5):
            assert catalogue.by_key(keys).keys() == set(keys)
            (hits,) = catalogue.search([Query("Winter Lantern 30")])
            assert hits[0].work == "OL30W"

    readers, wrong = in_threads(4, read)
    for reader in readers:
        reader.join()
    assert wrong == []
