"""Pipelines, pause, resume, populate."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.cli.test_jobs import write

from completist.cli.failures import NOT_FOUND, OK, USAGE


def views(call: Call) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in call("pipelines", "--json").json["pipelines"]}


def test_every_pipeline_is_listed_with_its_queue(filled: Call) -> None:
    stages = [f"track-{name}" for name in ("describe", "embed", "facts", "identify", "index", "lyrics")]
    others = ["album-listing", "author-metadata", "book-metadata", "commit-cards", "cover", "hardcover"]
    assert list(views(filled)) == [*others, *stages]
    hardcover = views(filled)["hardcover"]
    assert (hardcover["outside"], hardcover["ready"], hardcover["goal"]) == (True, 6, "hardcover")
    assert filled("pipelines", "list", "--json").json == filled("pipelines", "--json").json
    rows = {line.split()[0]: line for line in filled("pipelines").out.splitlines()}
    assert "workers outside" in rows["hardcover"]
    assert "Completist" in rows["book-metadata"]


def test_a_paused_pipeline_is_not_handed_out_until_it_is_resumed(completist: Call, export: Path) -> None:
    completist("import", str(export))
    told = completist("pause", "book-metadata")
    assert told.out == "book-metadata is paused; completist resume book-metadata lets it go on.\n"
    assert "paused already" in completist("pause", "book-metadata").out
    assert completist("pipelines").out.count("paused") == 1
    assert completist("work", "--json").json["runs"] == 0
    assert "book-metadata is paused" in completist("work").err
    filling = completist("fill")
    assert (filling.code, "book-metadata is paused" in filling.out) == (OK, True)
    assert "completist resume" in filling.err
    assert completist("resume", "book-metadata", "--json").json == {
        "schema": 1,
        "changed": True,
        "paused": [],
    }
    assert "was not paused" in completist("resume", "book-metadata").out
    assert completist("work", "--json").json["runs"] > 0


def test_without_a_name_everything_is_paused_and_resumed(filled: Call) -> None:
    assert "Everything is paused" in filled("pause").out
    assert all(each["paused"] for each in views(filled).values())
    told = filled("resume", "hardcover")
    assert "hardcover is paused with everything else; completist resume lets all go on." in told.out
    filled("pause", "hardcover")
    assert "Everything goes on." in filled("resume").out
    assert not any(each["paused"] for each in views(filled).values())
    assert "Nothing was paused." in filled("resume").out


@pytest.mark.parametrize("verb", ["pause", "resume", "populate"])
def test_an_unknown_pipeline_is_told_with_the_known_ones(filled: Call, verb: str) -> None:
    told = filled(verb, "nope")
    assert (told.code, told.out) == (NOT_FOUND, "")
    assert "author-metadata, book-metadata, cover, hardcover" in told.err


def test_populating_makes_runs_once(filled: Call, data: Path) -> None:
    write(data, "DELETE FROM runs WHERE pipeline = 'hardcover' AND item_id <= 2")
    made = filled("populate", "hardcover", "--json").json
    assert made == {"schema": 1, "pipeline": "hardcover", "created": 2, "present": 4, "total": 6}
    again = filled("populate", "hardcover", "--json").json
    assert (again["created"], again["present"], again["total"]) == (0, 6, 6)
    assert filled("populate", "hardcover").out == "hardcover: 0 runs created, 6 there before, 6 in all.\n"
    assert filled("populate").code == USAGE
