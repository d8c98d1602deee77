"""``completist simulator``, and the package run by itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.simulator.conftest import WELCOME
from tests.support import dumps

from completist import catalog
from completist.cli.failures import ACTION, BUSY, OK, USAGE

ROOT = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str, module: str = "completist") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def title_of(url: str, isbn: str) -> str:
    place = f"{url}/openlibrary.org/api/books.json?jscmd=data&bibkeys=ISBN:{isbn}"
    found = httpx2.get(place, headers={"User-Agent": WELCOME}, trust_env=False).json()
    title: str = found[f"ISBN:{isbn}"]["title"]
    return title


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_answers_and_how_to_be_sent_there_until_it_is_told_to_stop(
    number: signal.Signals,
) -> None:
    with running("simulator", "--port", "0") as process:
        url = line(process)
        assert line(process) == f"export COMPLETIST_PROVIDERS_AT={url}"
        assert title_of(url, "9780140328721") == "Fantastic Mr. Fox"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (OK, "")


def test_programs_get_a_document(tmp_path: Path) -> None:
    catalog.build(tmp_path / "catalogue", [dumps.write(tmp_path / "dump.txt", dumps.shelf(3))])
    options = ["--catalog", str(tmp_path), "--seed", "5", "--scale", "60"]
    with running("simulator", "--port", "0", "--json", *options) as process:
        told = json.loads(line(process))
        assert told["schema"] == 1
        assert {"openlibrary.org", "api.hardcover.app", "services.dnb.de"} <= set(told["hosts"])
        limits = httpx2.get(f"{told['url']}/_control/limits", trust_env=False).json()
        assert limits["scale"] == 60
        assert title_of(told["url"], "9780000000019")


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        running("simulator", "--port", str(taken.getsockname()[1])) as process,
    ):
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, "is taken by another program" in errors) == (BUSY, True)


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--scale", "0"], USAGE), (["--port", "70000"], USAGE), (["--catalog", "."], ACTION)],
)
def test_what_cannot_be_simulated_is_refused(options: list[str], code: int) -> None:
    with running("simulator", *options) as process:
        process.communicate(timeout=60)
    assert process.returncode == code


def test_the_package_runs_by_itself_and_says_where() -> None:
    with running("--port", "0", module="completist.simulator") as process:
        told = json.loads(line(process))
        query = "query ($i: [String!]!) { editions(where: {isbn_13: {_in: $i}}) { title } }"
        answer = httpx2.post(
            told["hardcover"],
            headers={"Authorization": f"Bearer {told['token']}"},
            json={"query": query, "variables": {"i": ["9780140183528"]}},
            trust_env=False,
        )
        assert answer.json()["data"]["editions"] == [{"title": "Kim"}]
