"""Serve, worker and work: who may work on a library, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from tests.cli.conftest import Call, run_process
from tests.support import postgres

from completist.app import App
from completist.cli.failures import ACTION, BUSY, INTERRUPTED, OK, PARTLY, USAGE
from completist.engine.enriching import FillReport
from completist.engine.worker import Service
from completist.settings import Settings

# --- work ------------------------------------------------------------------------------------------------------


def test_work_does_once_what_is_due(completist: Call, export: Path) -> None:
    completist("import", str(export))
    told = completist("work")
    assert told.code == OK
    assert told.out.startswith("8 items looked up in ")
    assert "3 to review, 1 without an answer" in told.out
    assert completist("work").out == "Nothing is due.\n"
    assert completist("work", "--json").json["runs"] == 0
    assert completist("fill", "--json").json["runs"] == 0


def test_work_is_refused_beside_a_server(filled: Call, serving: str) -> None:
    told = filled("work")
    assert (told.code, told.out) == (BUSY, "")
    assert f"completist serve (process {os.getpid()}) works on this library at {serving}." in told.err
    assert filled("work", "--json").error["retryable"] is True


def test_work_without_a_catalogue_says_how_to_load_one(completist: Call, tmp_path: Path) -> None:
    told = completist("work", "--data", str(tmp_path / "bare"))
    assert told.code == ACTION
    assert "catalog load" in told.err


def test_work_with_failures_is_exit_code_3(filled: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "drain", lambda *_: FillReport(runs=2, filled=1, failed=1))
    told = filled("work")
    assert (told.code, "1 failed" in told.out) == (PARTLY, True)


def test_ctrl_c_finishes_the_batch_and_says_how_to_go_on(
    completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completist("import", str(export))
    real = App.due_everywhere

    def interrupted(self: App) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self)

    monkeypatch.setattr(App, "due_everywhere", interrupted)
    told = completist("work")
    assert told.code == INTERRUPTED
    assert "Go on with: completist work" in told.err
    monkeypatch.setattr(App, "due_everywhere", real)
    assert completist("work", "--json").json["runs"] == 8


# --- worker ----------------------------------------------------------------------------------------------------


def test_a_worker_is_refused_on_sqlite(filled: Call) -> None:
    told = filled("worker")
    assert (told.code, told.out) == (ACTION, "")
    assert "completist serve" in told.err
    assert "completist migrate --to URL" in told.err


@pytest.fixture
def server_library(postgres_server: str, loaded: Path, export: Path) -> Iterator[str]:
    """A library on PostgreSQL with the list in it, and nothing filled."""
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        with App(Settings(loaded, url, offline=True)) as app:
            app.import_file(export)
        yield url


def started(data: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "COMPLETIST_DATA": str(data), "COMPLETIST_DATABASE": url}
    command = [sys.executable, "-m", "completist", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def _authors_filled(app: App) -> bool:
    """Whether those are looked up that the books bring along: the last thing there is to do."""
    return app.status().runs.get(("author-metadata", "filled")) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_until_it_is_told_to_stop(
    server_library: str, loaded: Path, number: signal.Signals
) -> None:
    process = started(loaded, server_library, "worker")
    try:
        with App(Settings(loaded, server_library, offline=True)) as app:
            until = time.monotonic() + 30
            while not (done := _authors_filled(app)) and time.monotonic() < until:
                pass
            assert done
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == OK, err
    assert out.startswith("8 items looked up: ")
    assert "Traceback" not in err


def test_on_postgresql_nobody_owns_the_library(
    server_library: str, completist: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLETIST_DATABASE", server_library)
    with App(Settings(Path("unused"), server_library, offline=True)) as app, app.owned("serve"):
        assert app.owner() is None
        assert completist("work", "--json").json["runs"] == 8


# --- serve -----------------------------------------------------------------------------------------------------


def test_serve_hands_its_options_on_and_tells_where_it_answers(
    completist: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, object] = {}

    def serve(app: App, host: str, port: int, *, worker: bool, announce: object) -> int:
        seen.update(host=host, port=port, worker=worker)
        assert callable(announce)
        announce(f"http://{host}:{port}")
        announce(f"http://{host}:{port}/login?token=t")
        return 0

    monkeypatch.setitem(sys.modules, "completist.web.server", SimpleNamespace(serve=serve))
    told = completist("serve")
    assert seen == {"host": "127.0.0.1", "port": 8337, "worker": True}
    assert told.out.splitlines() == ["http://127.0.0.1:8337", "http://127.0.0.1:8337/login?token=t"]
    told = completist("serve", "--host", "::1", "--port", "0", "--no-worker", "--json")
    assert seen == {"host": "::1", "port": 0, "worker": False}
    assert '{"schema": 1, "url": "http://::1:0"}' in told.out
    assert completist("serve", "--port", "70000").code == USAGE


def test_serve_answers_owns_the_library_and_ends_when_told(data: Path, export: Path) -> None:
    assert run_process(data, "import", str(export)).returncode == 0
    with started(data, f"sqlite:///{data / 'library.db'}", "serve", "--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        done = run_process(data, "fill", "--json")
        assert (done.returncode, done.stderr) == (OK, "")
        refused = run_process(data, "work")
        assert (refused.returncode, url in refused.stderr) == (BUSY, True)
        second = run_process(data, "serve", "--port", "0")
        assert (second.returncode, url in second.stderr) == (BUSY, True)
        assert url in run_process(data, "status").stdout
        assert f"is running at {url}" in run_process(data, "doctor").stdout
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
    assert process.returncode == OK, err
    assert {line[0] for line in err.splitlines() if "owner first" not in line} <= {"{"}
    assert run_process(data, "status", "--json").returncode == OK
