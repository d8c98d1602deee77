"""Fill: what is counted, what is told, and how it stops."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.cli.conftest import Call, run_process

from completist.app import App, Wish
from completist.engine.enriching import FillReport
from completist.simulator import Simulator

KEYS = {"schema", "runs", "filled", "empty", "review", "failed", "waiting", "values", "seconds", "asked"}

Stop: TypeAlias = Callable[[], bool]
Progress: TypeAlias = Callable[[FillReport], None]


def test_json_follows_the_contract(completist: Call, export: Path) -> None:
    completist("import", str(export))
    told = completist("fill", "--json", "--offline")
    assert (told.code, told.err) == (0, "")
    assert told.json.keys() == KEYS
    counts = {name: told.json[name] for name in ("review", "empty", "failed")}
    assert counts == {"review": 3, "empty": 1, "failed": 0}
    assert told.json["runs"] == told.json["filled"] + 4
    assert told.json["values"] > 10


def test_what_a_book_brings_along_is_filled_in_the_same_call(filled: Call) -> None:
    assert filled("status", "--json").json["runs"]["author-metadata"] == {"filled": 2}


def test_people_read_before_and_after_and_why_it_went_to_review(completist: Call, export: Path) -> None:
    completist("import", str(export))
    told = completist("fill")
    first = told.out.splitlines()[0]
    assert "3 to review" in first
    assert "1 without an answer" in first
    publisher = next(line for line in told.out.splitlines() if "Publisher" in line)
    assert publisher.split()[1:5] == ["1", "→", "2", "+1"]
    assert "3 x  the ISBN belongs to a book with another title or author" in told.out
    assert "completist review" in told.err
    assert "completist export" in told.err


def test_a_dry_run_counts_what_the_real_one_does(completist: Call, export: Path) -> None:
    completist("import", str(export))
    planned = completist("fill", "--kind", "book", "--dry-run", "--json").json
    assert planned["dry_run"] is True
    assert completist("fill", "--kind", "book", "--json").json["runs"] == planned["runs"] == 6
    assert completist("fill", "--dry-run", "--kind", "book", "--json").json["runs"] == 0


def test_a_dry_run_with_again_counts_the_unanswered(filled: Call) -> None:
    assert filled("fill", "--again", "--dry-run", "--json").json["runs"] == 1
    assert filled("fill", "--again", "--json").json["runs"] == 1


def test_some_items_a_limit_and_a_field(completist: Call, export: Path) -> None:
    completist("import", str(export))
    assert completist("fill", "2", "--json").json["runs"] == 1
    assert completist("fill", "--limit", "2", "--kind", "book", "--json").json["runs"] == 2
    assert completist("fill", "--field", "isbn13", "--kind", "book", "--dry-run", "--json").json["runs"] == 1


@pytest.mark.parametrize(
    "arguments", [["999"], ["--kind", "spaceship"], ["--field", "colour"], ["--dry-run", "999"]]
)
def test_what_does_not_exist_is_not_found(filled: Call, arguments: list[str]) -> None:
    told = filled("fill", *arguments)
    assert told.code == 6
    assert "hint: " in told.err


def test_without_a_catalogue_it_says_how_to_load_one(completist: Call, export: Path, tmp_path: Path) -> None:
    bare = str(tmp_path / "bare")
    completist("import", str(export), "--data", bare)
    told = completist("fill", "--data", bare)
    assert told.code == 4
    assert "catalog load" in told.err


def test_nothing_due_is_said_and_how_to_ask_again(filled: Call) -> None:
    told = filled("fill")
    assert told.code == 0
    assert "Nothing is due" in told.out
    assert "--again" in told.err


def test_nothing_due_is_told_of_the_kind_that_was_asked_for(filled: Call) -> None:
    told = filled("fill", "--kind", "track")
    assert (told.code, told.out) == (0, "Nothing is due: nothing of kind track is in the library.\n")
    assert "completist import FILE" in told.err
    assert "had no answer" in filled("fill", "--kind", "book").err
    assert "had no answer" not in filled("fill", "--kind", "author").err


def test_failures_make_it_exit_code_3(filled: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "fill", lambda _self, *_, **__: FillReport(runs=2, filled=1, failed=1))
    assert filled("fill", "--json").code == 3
    assert "1 failed" in filled("fill").out


def test_ctrl_c_once_finishes_the_batch_and_says_how_to_go_on(
    completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completist("import", str(export))
    real = App.fill

    def interrupted(self: App, wish: Wish, *, offline: bool, stop: Stop, progress: Progress) -> FillReport:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, wish, offline=offline, stop=stop, progress=progress)

    monkeypatch.setattr(App, "fill", interrupted)
    told = completist("fill")
    assert told.code == 130
    assert "Interrupted. Go on with: completist fill" in told.err
    offline = completist("fill", "--kind", "book", "--offline")
    assert "Go on with: completist fill --kind book --offline" in offline.err.replace("'", "")
    monkeypatch.setattr(App, "fill", real)
    assert completist("fill", "--json").json["runs"] == 8  # six books and the two authors they bring along


def test_ctrl_c_in_json_is_one_document_on_each_stream(
    completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completist("import", str(export))
    real = App.fill

    def interrupted(self: App, wish: Wish, *, offline: bool, stop: Stop, progress: Progress) -> FillReport:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, wish, offline=offline, stop=stop, progress=progress)

    monkeypatch.setattr(App, "fill", interrupted)
    told = completist("fill", "--json")
    assert told.code == 130
    assert told.json["runs"] == 0
    assert told.error["code"] == "interrupted"


def test_ctrl_c_in_the_middle_leaves_a_library_that_goes_on(data: Path, export: Path) -> None:
    header = export.read_text("utf-8").splitlines()[0]
    rows = "".join(f'{n},"The Time Machine",H. G. Wells,,,0,,read\n' for n in range(3_000))
    export.write_text(f"{header}\n{rows}")
    assert run_process(data, "import", str(export), "-q").returncode == 0
    command = [sys.executable, "-u", "-m", "completist", "--data", str(data), "fill", "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 30
        while _looked_up(data) == 0 and time.monotonic() < deadline:
            pass
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    first = _looked_up(data)
    assert 0 < first < 3_000
    assert f'"filled": {first}' in out
    done = run_process(data, "fill", "--kind", "book", "--json")
    assert done.returncode == 0
    assert _looked_up(data) == 3_000


def _looked_up(data: Path) -> int:
    """How many books are filled, read straight from the file: a whole process would be too late to see the first."""
    with closing(sqlite3.connect(f"file:{data / 'library.db'}?mode=ro", uri=True)) as library:
        asked = "SELECT count(*) FROM runs WHERE pipeline = 'book-metadata' AND state = 'filled'"
        return int(library.execute(asked).fetchone()[0])


# --- when to ask -----------------------------------------------------------------------------------------------


def _foreseen(call: Call, *arguments: str) -> int:
    told: int = call("fill", "--kind", "book", *arguments, "--dry-run", "--json").json["runs"]
    return told


def test_conditions_choose_what_is_looked_up(completist: Call, export: Path) -> None:
    completist("import", str(export))
    assert _foreseen(completist) == 6
    assert _foreseen(completist, "--never-asked") == 6
    assert _foreseen(completist, "--score-below", "25") == 5  # one has a publisher besides its title
    assert _foreseen(completist, "--score-below", "25", "--field", "isbn13", "--field", "publisher") == 5
    assert _foreseen(completist, "--score-below", "12") == 0
    completist("fill")
    assert _foreseen(completist, "--never-asked") == 0
    assert _foreseen(completist, "--older-than", "90d") == 0
    assert _foreseen(completist, "--score-below", "90") == 0, "what is done is not done again for being poor"


@pytest.mark.parametrize(
    "arguments",
    [["--score-below", "0"], ["--score-below", "x"], ["--older-than", "soon"], ["--older-than", "0d"]],
)
def test_what_is_no_condition_is_told(completist: Call, arguments: list[str]) -> None:
    assert completist("fill", *arguments).code == 2


def test_a_schedule_keeps_its_conditions(completist: Call) -> None:
    made = completist(
        "schedules", "add", "poor", "--cron", "0 3 * * 0", "--pipeline", "book-metadata", "--score-below", "80",
        "--older-than", "12w", "--never-asked", "--field", "cover", "--field", "description", "--json",
    ).json["schedule"]  # fmt: skip
    assert made["selection"] == {
        "filter": {
            "missing": ["cover", "description"], "score_below": 80, "never_asked": True, "older_than": "84d",
        }
    }  # fmt: skip
    about = "all items without cover or description, less than 80 % complete, never looked up, not looked up for 84d"
    assert about in completist("schedules").out


def test_what_was_put_off_offline_is_counted_told_once_and_asked_as_soon_as_one_may(
    completist: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "playlist.csv"
    listed.write_text(
        "Track Name,Artist Name,Album Name,ISRC\nNight,Bill Callahan,Woke On A Whaleheart,US58L0733208\n"
    )
    completist("import", str(listed))
    told = completist("fill", "--offline", "--kind", "track").out
    assert "1 filled, 0 to review, 0 without an answer, 3 put off." in told.splitlines()[0]
    assert [line.split()[:3] for line in told.splitlines() if "offline" in line] == [["3", "x", "offline"]]
    assert completist("fill", "--offline", "--kind", "track", "--json").json["runs"] == 0
    monkeypatch.delenv("COMPLETIST_OFFLINE", raising=False)
    with Simulator() as simulator:
        monkeypatch.setenv("COMPLETIST_PROVIDERS_AT", simulator.url)
        monkeypatch.setenv("COMPLETIST_CONTACT", "me@example.org")
        planned = completist("fill", "--kind", "track", "--dry-run", "--json").json["runs"]
        assert planned == 3
        assert completist("fill", "--kind", "track", "--json").json["asked"]
