"""A process that is killed between a push and the note of it: the next one doubles nothing, and puts nothing back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.repositories import note_taking

from completist.app import App
from completist.app.cards import Selector
from completist.settings import Settings

pytest.importorskip("anki.collection")

from tests.support.anki_connect import FakeAnki

#: The command, in a process that dies where it would note what was pushed.
KILLED = """
import os, signal, sys
from completist.cli.running import run
from completist.engine.cards import delivering
delivering.note_delivered = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[FakeAnki]:
    folder = tmp_path / "anki"
    folder.mkdir()
    made = FakeAnki(folder)
    yield made
    made.close()


def test_a_process_killed_between_push_and_mark_doubles_no_card(tmp_path: Path, anki: FakeAnki) -> None:
    repo = note_taking(tmp_path / "allowed" / "notes")
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'library.db'}"
    settings = Settings(data, url, offline=True, repositories=(repo.path.parent,), anki_connect=anki.url)
    with App(settings) as app:
        app.cards.shelf.add(str(repo.path))
        view, _, _ = app.cards.reprocess(Selector())
        app.cards.work_off(view.job.id)
        app.cards.decide([each.id for each in app.cards.cards()], "accept")
    environment = {**os.environ, "COMPLETIST_ANKI_CONNECT": anki.url}
    command = [sys.executable, "-c", KILLED, "cards", "push", "--data", str(data), "--json"]
    dead = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    assert anki.col.note_count() == 2  # they arrived, and nobody knows

    def outcomes() -> list[str]:
        return sorted(each.outcome for each in app.cards.push().told)

    with App(settings) as app:
        assert outcomes() == ["unchanged", "unchanged"]
        assert anki.col.note_count() == 2
        anki.remove(app.cards.cards()[0].uid)
        assert outcomes() == ["deleted_there", "unchanged"]
        assert outcomes() == ["unchanged"]
        assert anki.col.note_count() == 1
