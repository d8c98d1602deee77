"""Rerun and freshness: exactly what is out of date is done again, and no more than was announced."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.cli.test_jobs import write

from completist.app import App
from completist.cli.failures import ACTION, INTERRUPTED, NOT_FOUND, OK, PARTLY, USAGE
from completist.engine.enriching import FillReport

PIPELINE = ("--pipeline", "book-metadata")
OLDER = "UPDATE runs SET version = 'older' WHERE pipeline = 'book-metadata' AND item_id <= 3"


def test_what_is_stale_is_done_again_and_counted_before(filled: Call, data: Path) -> None:
    assert filled("rerun", *PIPELINE, "--dry-run", "--json").json["runs"] == 0
    write(data, OLDER)
    planned = filled("rerun", *PIPELINE, "--dry-run", "--json").json
    assert planned == {"schema": 1, "dry_run": True, "pipeline": "book-metadata", "runs": 3}
    assert filled("jobs", "list", "--json").json["jobs"] == []
    job = filled("rerun", *PIPELINE, "--json").json["job"]
    assert (job["state"], job["total"], job["done"], job["force"]) == ("done", 3, 3, False)
    assert filled("rerun", *PIPELINE, "--stale", "--dry-run", "--json").json["runs"] == 0


def test_people_read_the_job_and_what_it_came_to(filled: Call, data: Path) -> None:
    write(data, OLDER)
    told = filled("rerun", *PIPELINE)
    assert told.code == OK
    assert told.out.splitlines()[0] == "Job 1: 3 runs of book-metadata, stale items."
    assert told.out.splitlines()[1].startswith("Job 1 is done: ")
    assert "nothing to queue" in filled("rerun", *PIPELINE).out


def test_force_does_again_whatever_is_selected(filled: Call) -> None:
    for arguments, count in ((["1", "2"], 2), (["--field", "isbn13"], 2), ([], 6)):
        planned = filled("rerun", *PIPELINE, "--force", *arguments, "--dry-run", "--json").json["runs"]
        assert planned == count
        assert filled("rerun", *PIPELINE, "--force", *arguments, "--json").json["job"]["done"] == count


def test_what_a_person_typed_stays_whatever_is_forced(filled: Call) -> None:
    filled("set", "1", "publisher=My Own Press")
    filled("rerun", *PIPELINE, "--force")
    assert "My Own Press" in filled("show", "1").out


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["--pipeline", "nope"], NOT_FOUND, "book-metadata"),
        (["--pipeline", "nope", "--dry-run"], NOT_FOUND, "book-metadata"),
        ([], USAGE, "--pipeline"),
        ([*PIPELINE, "--stale", "--force"], USAGE, "Either"),
        ([*PIPELINE, "12"], USAGE, "completist rerun --pipeline book-metadata --force 12"),
        ([*PIPELINE, "--force", "1", "--field", "cover"], USAGE, "not both"),
        ([*PIPELINE, "--force", "999"], NOT_FOUND, "completist gaps"),
        ([*PIPELINE, "--field", "colour"], NOT_FOUND, "publisher"),
    ],
)
def test_wrong_input_is_told(filled: Call, arguments: list[str], code: int, hint: str) -> None:
    told = filled("rerun", *arguments)
    assert (told.code, told.out) == (code, "")
    assert hint in told.err


def test_detached_it_is_left_to_a_worker(filled: Call) -> None:
    told = filled("rerun", *PIPELINE, "--force", "1", "--detach")
    assert told.code == OK
    assert "completist work does, once." in told.err
    assert "completist jobs watch 1" in told.err
    assert filled("jobs", "show", "1", "--json").json["job"]["state"] == "running"


def test_a_pipeline_of_workers_outside_is_left_to_them(filled: Call) -> None:
    told = filled("rerun", "--pipeline", "hardcover", "--force", "1")
    assert told.code == OK
    assert "Workers outside fill hardcover" in told.err
    assert filled("jobs", "show", "1", "--json").json["job"]["progress"] == {"ready": 1}


def test_beside_a_server_it_is_followed(
    filled: Call, serving: str, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    def work(_seconds: float) -> None:
        write(data, "UPDATE runs SET state = 'filled' WHERE state = 'ready' AND pipeline = 'book-metadata'")
        write(data, "UPDATE jobs SET state = 'done'")

    monkeypatch.setattr("completist.cli.watching.time.sleep", work)
    told = filled("rerun", *PIPELINE, "--force", "1", "2")
    assert "Job 1 is done: 2 filled." in told.out


def test_failures_make_it_exit_code_3(filled: Call, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: App, _job_id: int, **_watching: object) -> FillReport:
        write(data, "UPDATE runs SET state = 'failed', error_code = 'no_answer' WHERE item_id = 1")
        return FillReport(runs=1, failed=1)

    monkeypatch.setattr(App, "work_off", fail)
    told = filled("rerun", *PIPELINE, "--force", "1")
    assert told.code == PARTLY
    assert "1 failed: the finder gave no answer about it" in told.out


def test_ctrl_c_finishes_the_batch_and_says_how_to_go_on(
    filled: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = App.work_off

    def interrupted(self: App, job_id: int, **watching: object) -> FillReport:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, job_id, **watching)  # type: ignore[arg-type]

    monkeypatch.setattr(App, "work_off", interrupted)
    told = filled("rerun", *PIPELINE, "--force", "1", "2")
    assert told.code == INTERRUPTED
    assert "Go on with: completist work" in told.err
    assert filled("work", "--json").json["runs"] == 2
    assert filled("jobs", "show", "1", "--json").json["job"]["state"] == "done"


def test_without_a_catalogue_the_job_stays(completist: Call, export: Path, tmp_path: Path) -> None:
    bare = ("--data", str(tmp_path / "bare"))
    completist("import", str(export), *bare)
    told = completist("rerun", *PIPELINE, "--force", *bare)
    assert told.code == ACTION
    assert "catalog load" in told.err


# --- freshness -------------------------------------------------------------------------------------------------


def test_freshness_counts_by_cause_for_each_pipeline(filled: Call, data: Path) -> None:
    write(data, OLDER)
    filled("set", "4", "title=The Time Machine!")
    told = {each["pipeline"]: each for each in filled("freshness", "--json").json["pipelines"]}
    assert told["book-metadata"] == {
        "pipeline": "book-metadata",
        "missing": 0,
        "fresh": 2,
        "stale": {"total": 4, "code": 3, "data": 1},
    }
    assert told["hardcover"]["missing"] == 6
    shown = filled("freshness")
    row = next(line for line in shown.out.splitlines() if line.startswith("book-metadata"))
    assert row.split()[1:4] == ["0", "2", "4"]
    assert "3 the pipeline is newer" in row
    assert "completist rerun --pipeline book-metadata" in shown.err


def test_freshness_of_one_pipeline(filled: Call) -> None:
    told = filled("freshness", "--pipeline", "author-metadata", "--json").json["pipelines"]
    assert [(each["pipeline"], each["fresh"]) for each in told] == [("author-metadata", 2)]
    unknown = filled("freshness", "--pipeline", "nope")
    assert (unknown.code, "author-metadata, book-metadata, cover, hardcover" in unknown.err) == (
        NOT_FOUND,
        True,
    )


def test_freshness_of_items(filled: Call, data: Path) -> None:
    write(data, OLDER)
    told = filled("freshness", *PIPELINE, "--item", "5", "--item", "1", "--json").json["items"]
    assert told == [
        {"item": 5, "pipeline": "book-metadata", "freshness": "fresh", "cause": None, "state": "review"},
        {"item": 1, "pipeline": "book-metadata", "freshness": "stale", "cause": "code", "state": None},
    ]
    both = filled("freshness", "--item", "1", "--json").json["items"]
    assert [each["pipeline"] for each in both] == ["book-metadata", "cover", "hardcover"]
    assert "Pride and Prejudice" in filled("freshness", "--item", "1").out
    assert filled("freshness", "--item", "999").code == NOT_FOUND
