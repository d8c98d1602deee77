"""The server: how it starts, what it says, how it stops."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

import httpx2
import pytest
from tests.support.sites import Site

from completist.app import App
from completist.domain.errors import ActionRequired, BadInput, Busy
from completist.settings import Settings
from completist.web.places import is_loopback
from completist.web.server import Bound, serve

ROOT = Path(__file__).parents[2]

#: A server in a process of its own, whose finder tells that it was asked and then does not come back.
SLOW = """
import sys, threading
from pathlib import Path
from completist.app import App
from completist.engine import worker
from completist.engine.filling import finders
from completist.sdk import registry
from completist.settings import Settings
from completist.web.server import serve
from tests.support.cellars import EmptyCatalogue

def hang(*_):
    print("asked", flush=True)
    threading.Event().wait()

for _, finder in finders():
    type(finder).find = hang
worker.hurry.__defaults__ = (float(sys.argv[2]),)
folder = Path(sys.argv[1])
with App(Settings(folder, f"sqlite:///{folder / 'library.db'}", offline=True)) as app:
    app.__dict__["catalogue"] = EmptyCatalogue()
    sys.exit(serve(app, "127.0.0.1", 0, announce=lambda line: print(line, flush=True)))
"""


def _get(url: str) -> httpx2.Response:
    return httpx2.get(url, trust_env=False, timeout=20)


def _start(lone: Site, lines: list[str], *, host: str = "127.0.0.1", port: int = 0) -> int:
    """Start and stop a server."""
    lone.stop.set()
    return serve(lone.app, host, port, worker=False, announce=lines.append, stop=lone.stop)


# --- starting --------------------------------------------------------------------------------------------------


def test_the_first_start_tells_where_it_answers_and_a_link_to_set_up_an_account(site: Site) -> None:
    lines: list[str] = []
    assert _start(site, lines) == 0
    where, link = lines
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", where)
    token = link.rpartition("/login?token=")[2]
    assert site.client().get("/login", params={"token": token}).status_code == 200
    assert site.client().post("/login", data={"token": token, "name": "Anna"}).status_code == 303
    lines.clear()
    _start(site, lines)
    assert len(lines) == 1  # somebody has logged in


def test_as_long_as_nobody_has_logged_in_the_link_is_the_oldest_admins(lone: Site) -> None:
    lone.account("anna")
    lone.account("bruno")
    lines: list[str] = []
    _start(lone, lines)
    assert "as <strong>anna</strong>" in lone.client().get(lines[1].partition(lines[0])[2]).text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - which is what is refused
def test_it_is_not_open_to_others_before_there_is_an_account(lone: Site, host: str) -> None:
    with pytest.raises(ActionRequired) as caught:
        _start(lone, [], host=host)
    assert caught.value.hint == "completist accounts add NAME"
    lone.account("anna")
    if host == "0.0.0.0":  # noqa: S104 - likewise
        assert _start(lone, [], host=host) == 0


def test_a_port_that_is_taken_and_an_address_that_is_none_are_told(lone: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(Busy, match="taken"):
        _start(lone, [], port=other.getsockname()[1])
    lone.account("anna")
    with pytest.raises(BadInput):
        _start(lone, [], host="nowhere.invalid.")
    with pytest.raises(BadInput):
        _start(lone, [], host="192.0.2.1")


def test_a_second_server_of_the_same_sqlite_library_is_told_of_the_first(lone: Site) -> None:
    other = Site(lone.database, lone.folder)
    with lone.serving() as url:
        port = int(url.rpartition(":")[2])
        for wanted in (0, port):
            with pytest.raises(Busy, match=f"completist serve .* at {url}"):
                _start(other, [], port=wanted)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False),
     ("testclient", False), ("", False)],
)  # fmt: skip
def test_loopback_is_recognised(address: str, loopback: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_loopback(address) is loopback


def test_where_it_answers_is_a_url_that_a_browser_takes() -> None:
    urls = [Bound(host, 1).url for host in ("localhost", "::1", "0.0.0.0", "192.0.2.1")]  # noqa: S104 - told, not bound
    assert urls == ["http://localhost:1", "http://[::1]:1", "http://127.0.0.1:1", "http://192.0.2.1:1"]


# --- answering -------------------------------------------------------------------------------------------------


def test_it_lives_and_is_ready(site: Site) -> None:
    with site.serving() as url:
        assert _get(f"{url}/healthz").json() == {"status": "ok"}
        assert _get(f"{url}/readyz").json() == {"status": "ready"}
        assert "server" not in _get(f"{url}/healthz").headers


def test_its_worker_works_while_it_answers(site: Site) -> None:
    """Books without a match become empty; the stream of events tells when."""
    site.stock(site.app, 3)
    with site.serving(worker=True) as url:
        with httpx2.stream("GET", f"{url}/api/v1/events?after=0", trust_env=False, timeout=30) as stream:
            settled = 0
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    told = [each for each in json.loads(line[6:]) if each["type"] == "runs.settled"]
                    settled += sum(each["data"]["empty"] for each in told)
                if settled == 3:
                    break
        runs = _get(f"{url}/api/v1/status").json()["runs"]
    assert runs.pop("hardcover") == {"ready": 3}  # only workers outside take these
    assert runs.pop("cover") == {"ready": 3}  # without a way out, there are no pictures to look at
    assert list(runs.values()) == [{"empty": 3}]


# --- stopping --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_is_gone_in_ten_seconds_with_a_stream_open_and_a_look_up_under_way(
    tmp_path: Path, number: signal.Signals
) -> None:
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'library.db'}", offline=True)
    with App(settings) as app:
        path = tmp_path / "books.csv"
        path.write_text("Title,Author\nDune,Frank Herbert\nEmma,Jane Austen\n", "utf-8")
        app.import_file(path)
    command = [sys.executable, "-c", SLOW, str(tmp_path), "2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        url = next(lines).strip()
        assert any(line.strip() == "asked" for line in lines)
        with httpx2.stream("GET", f"{url}/api/v1/events", trust_env=False, timeout=30) as stream:
            assert stream.status_code == 200
            begun = monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
        assert monotonic() - begun < 10
    with App(settings) as app:
        assert app.observing.figures().claims == {}
        assert app.observing.figures().claimed == {}
        assert {view.ready for view in app.ledger.pipelines() if view.pipeline.kind == "book"} == {2}


def test_what_the_first_page_needs_is_counted_before_anybody_comes(lone: Site) -> None:
    lone.stock(lone.app, 3)
    assert lone.app.library_id not in lone.app.counted
    with lone.serving():
        pass
    (standing,) = lone.app.counted[lone.app.library_id].taken
    assert standing.items == 3
