"""Set, lock, unlock and undo: what a person says stays said, until they take it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call


def field(call: Call, item: int, name: str) -> object:
    found = call("show", str(item), "--json").json["fields"].get(name)
    return None if found is None else found["value"]


def test_typed_values_win_over_the_next_import_and_fill(filled: Call, export: Path) -> None:
    told = filled("set", "1", "title=My Title", "pages=99", "--json")
    assert told.json["changed"] == ["title", "pages"]
    export.write_text(export.read_text("utf-8").replace("Pride and Prejudice", "Pride & Prejudice"))
    filled("import", str(export))
    filled("fill")
    assert (field(filled, 1, "title"), field(filled, 1, "pages")) == ("My Title", 99)


def test_what_is_kept_now_is_said_beside_what_stood_there(filled: Call) -> None:
    told = filled("set", "1", "title=Mine", "description=A tale")
    assert [line.split() for line in told.out.splitlines()] == [
        ["field", "value", "before"],
        ["title", "Mine", "you", "Pride", "and", "Prejudice", "Goodreads"],
        ["description", "A", "tale", "you", "[", "missing", "]"],
    ]
    again = filled("set", "1", "title=Mine", "--give-up", "description", "--json").json
    assert again["changed"] == ["description"]
    assert again["values"] == {
        "description": {"value": None, "before": "A tale"},
        "title": {"value": "Mine", "before": "Mine"},
    }
    assert "(cleared)  you" in filled("set", "1", "publisher=", "--dry-run").out


def test_an_equals_sign_and_a_list_in_a_value(filled: Call) -> None:
    filled("set", "1", "title=E=mc2", "authors=Albert Einstein; Somebody Else")
    assert field(filled, 1, "title") == "E=mc2"
    assert field(filled, 1, "authors") == ["Albert Einstein", "Somebody Else"]


def test_giving_up_lets_the_others_speak_again(filled: Call) -> None:
    filled("set", "1", "title=My Title")
    told = filled("set", "1", "--give-up", "title", "--json")
    assert told.json["changed"] == ["title"]
    assert field(filled, 1, "title") == "Pride and Prejudice"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["1", "colour=red"], 6),
        (["999", "title=x"], 6),
        (["1", "pages=many"], 2),
        (["1", "isbn13=12345"], 2),
        (["1", "title"], 2),
        (["1"], 2),
        (["1", "title=x", "pages=many"], 2),
        (["1", "title=x", "--give-up", "colour"], 6),
    ],
)
def test_what_cannot_be_set_changes_nothing(filled: Call, arguments: list[str], code: int) -> None:
    told = filled("set", *arguments)
    assert told.code == code
    assert "completist: " in told.err
    assert field(filled, 1, "title") == "Pride and Prejudice"


def test_locks_hold_a_field_open_and_come_off_again(filled: Call) -> None:
    assert filled("lock", "3", "publisher", "pages", "--json").json["locked"] == ["publisher", "pages"]
    assert filled("lock", "3", "pages", "--json").json["locked"] == []
    assert filled("unlock", "3", "pages", "--json").json["unlocked"] == ["pages"]
    assert "publisher" not in filled("show", "3", "--json").json["gaps"]


def test_what_was_typed_is_not_unlocked_but_given_up(filled: Call) -> None:
    filled("set", "1", "title=Mine")
    told = filled("unlock", "1", "title")
    assert told.code == 2
    assert "--give-up title" in told.err


def test_an_unknown_field_locks_none(filled: Call) -> None:
    assert filled("lock", "3", "pages", "colour").code == 6
    assert filled("lock", "3", "pages", "--json").json["locked"] == ["pages"]


def test_undo_takes_back_the_last_deed(filled: Call) -> None:
    filled("set", "1", "title=First")
    filled("set", "1", "title=Second")
    assert "1 value restored" in filled("undo").err
    assert field(filled, 1, "title") == "First"
    filled("undo")
    assert field(filled, 1, "title") == "Pride and Prejudice"
    assert filled("undo").code == 6


def test_undo_of_a_whole_import_keeps_what_was_typed(filled: Call) -> None:
    filled("set", "2", "title=Mine")
    told = filled("undo", "--import", "1", "--json").json
    assert told["removed"] == 5
    assert filled("show", "2").code == 0
    assert filled("show", "1").code == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ["set", "1", "title=Other"],
        ["lock", "1", "pages"],
        ["undo"],
        ["undo", "--import", "1"],
        ["unlock", "6", "pages"],
    ],
)
def test_a_dry_run_tells_and_writes_nothing(filled: Call, arguments: list[str]) -> None:
    filled("set", "3", "title=Typed")
    filled("lock", "6", "pages")
    before = filled("export").out
    told = filled(*arguments, "--dry-run", "--json")
    assert told.code == 0
    assert told.json["dry_run"] is True
    assert filled("export").out == before
    real = filled(*arguments, "--json").json
    planned = told.json
    assert {n: v for n, v in real.items() if n != "changes"} == {
        n: v for n, v in planned.items() if n not in ("dry_run", "changes")
    }


def test_undo_of_a_job_takes_back_what_it_found_and_is_told_before(filled: Call) -> None:
    history = filled("show", "1", "--history", "--json").json["history"]
    (run,) = {each["run"] for each in history if each.get("run")}
    empty = filled("undo", "--run", str(run), "--json").json["values"]
    job = str(filled("jobs", "create", "--pipeline", "book-metadata", "1", "--json").json["job"]["id"])
    assert filled("undo", "--job", job).code == 1  # it is not over
    filled("fill")
    filled("set", "1", "title=Mine")
    planned = filled("undo", "--job", job, "--dry-run", "--json").json
    undone = filled("undo", "--job", job, "--json").json
    assert planned == {**undone, "dry_run": True}
    assert undone["values"] == empty > 0
    assert field(filled, 1, "title") == "Mine"
    assert filled("undo", "--job", job).code == 6


def test_undo_takes_one_thing_at_a_time(filled: Call) -> None:
    assert filled("undo", "--change", "1", "--run", "1").code == 2


@pytest.mark.parametrize("words", [("title=A", "title=B"), ("title=A", "--give-up", "title")])
def test_a_field_that_is_named_twice_changes_nothing(filled: Call, words: tuple[str, ...]) -> None:
    before = filled("show", "1", "--json").json
    assert filled("set", "1", *words).code == 2
    assert filled("show", "1", "--json").json == before
