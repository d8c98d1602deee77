from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from completist.domain.errors import Busy
from completist.store.owning import Owner, own, owner_of

_OWN = """
import sys
from pathlib import Path
from completist.store.owning import own
with own(Path(sys.argv[1]), "work", "http://127.0.0.1:1"):
    print("mine", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the library."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _OWN, str(path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_owns_the_library(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with _another(path) as process:
        assert owner_of(path) == Owner(process.pid, "work", "http://127.0.0.1:1")
        with (
            pytest.raises(Busy, match=rf"completist work \(process {process.pid}\).*127.0.0.1"),
            own(path, "serve"),
        ):
            raise AssertionError
        assert owner_of(path) == Owner(process.pid, "work", "http://127.0.0.1:1"), (
            "being refused changes nothing"
        )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_owner_that_is_killed_leaves_the_library_free(tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "library.db"
    with _another(path) as process:
        process.send_signal(how)
        process.wait(timeout=30)
        assert owner_of(path) is None
        with own(path, "serve"):
            assert owner_of(path) == Owner(os.getpid(), "serve")


def test_an_owner_that_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    assert owner_of(path) is None
    for _ in range(2):
        with pytest.raises(KeyError), own(path, "migrate"):
            raise KeyError
        assert owner_of(path) is None


def test_libraries_beside_one_another_have_owners_of_their_own(tmp_path: Path) -> None:
    with own(tmp_path / "one.db", "serve"), own(tmp_path / "two.db", "work"):
        assert [owner_of(tmp_path / f"{name}.db") for name in ("one", "two", "three")] == [
            Owner(os.getpid(), "serve"),
            Owner(os.getpid(), "work"),
            None,
        ]


def test_whoever_asks_for_the_owner_keeps_nobody_from_becoming_it(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    over = Event()

    def ask() -> None:
        while not over.is_set():
            owner_of(path)

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            for _ in range(200):
                with own(path, "serve"):
                    pass
        finally:
            over.set()
        for each in asking:
            each.result()
